import { definedOnly } from '../config/environment.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeStateDirectory } from '../config/state-directory.ts'
import { isLive, openWatch } from '../observe/open-watch.ts'
import { openReadonly } from '../observe/open-readonly.ts'
import { systemClock } from '../runtime/clock.ts'
import { startDetached } from '../runtime/exec-detached.ts'
import type { CommandContext } from './command-context.ts'

const LOOK_MS = 50

/** Starts the same command in the background and returns once its run goes on, or with the exit code of one that ended at once. */
export async function runDetached(
  context: CommandContext,
  args: readonly string[],
  tellEnded: (said: string) => void = (said) => print(context, said),
): Promise<number> {
  const { output, cwd, env } = context
  using watched = await openWatch(context)
  const before = watched.reader?.lastEvent() ?? 0
  const logs = join(watched.place.directory, 'logs')
  makeStateDirectory(logs)
  const log = join(logs, `run-${new Date(systemClock.now()).toISOString().replaceAll(/[:.]/g, '-')}.log`)
  const passed = withoutSecrets(args, env)
  const child = await startDetached({
    argv: [process.execPath, ...process.execArgv, process.argv[1] ?? '', ...passed.args],
    cwd,
    env: passed.env,
    outputFile: log,
  })
  const decided = new AbortController()
  const looking = runStarted(watched.place.db, { after: before, signal: decided.signal })
  const started = await Promise.race([child.ended, looking])
  decided.abort()
  if (typeof started === 'object' && started !== null) {
    child.release()
    output.result('run-detached', { run: started.run, pid: child.pid, log }, [
      `Run ${started.run} goes on in the background (process ${child.pid}).`,
      `Its lines: ${log}`,
      'Next: orchestrator attach (follow it), orchestrator stop (end it, to be resumed)',
    ])
    return 0
  }
  // It ended before its run began, or so fast that nobody saw it: what it said is all there is to say.
  const said = await readFile(log, 'utf8')
  tellEnded(said)
  return started ?? 70
}

function print({ output }: CommandContext, said: string): void {
  if (output.json) process.stdout.write(jsonPart(said))
  else process.stderr.write(said)
}

/** Resolves with the run once the new process has begun it; null when told to look no longer. */
async function runStarted(
  db: string,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): Promise<{ readonly run: string } | null> {
  while (!signal.aborted) {
    const reader = openReadonly(db)
    try {
      const begun = reader
        ?.events({ after, limit: 1_000 })
        .find(({ kind }) => kind === 'run_started' || kind === 'run_resumed')
      if (reader !== null && begun !== undefined && begun.run !== null && isLive(reader))
        return { run: begun.run }
    } finally {
      reader?.close()
    }
    await systemClock.sleep(LOOK_MS, signal)
  }
  return null
}

/** Output and error went into one file; the document begins at the first line that opens it. */
function jsonPart(said: string): string {
  const at = said.search(/^\{$/m)
  const end = said.lastIndexOf('\n}')
  return at === -1 || end === -1 ? '' : `${said.slice(at, end + 2)}\n`
}

const SECRET_FLAG = '--slack-webhook'

/** Everybody on the machine can read the arguments of a process; a secret among them goes on as a variable. */
function withoutSecrets(
  args: readonly string[],
  env: CommandContext['env'],
): { readonly args: readonly string[]; readonly env: Record<string, string> } {
  const kept: string[] = []
  const found = definedOnly(env)
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? ''
    const secret =
      argument === SECRET_FLAG
        ? (args[(index += 1)] ?? '')
        : argument.startsWith(`${SECRET_FLAG}=`)
          ? argument.slice(SECRET_FLAG.length + 1)
          : null
    // An empty one is no secret, and is refused as it would be without --detach.
    if (secret === '') kept.push(`${SECRET_FLAG}=`)
    else if (secret !== null) found['SLACK_WEBHOOK_URL'] = secret
    else if (argument !== '--detach') kept.push(argument)
  }
  return { args: kept, env: found }
}
