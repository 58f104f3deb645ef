import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { ingest } from '../../engine/ingest.ts'
import { openEngine } from '../../engine/open.ts'
import { OrchestratorError, messageOf } from '../../errors.ts'
import type { CommandContext } from '../command-context.ts'

/** `orchestrator ingest PLAN`. */
export async function ingestCommand(
  context: CommandContext,
  file: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  const text = await readPlan(resolve(cwd, file))
  await using engine = await openEngine({ directory: cwd, env, flags: {} })
  for (const warning of engine.loaded.warnings) output.progress(warning)
  const result = await ingest(engine, {
    text,
    fileName: file,
    agent: engine.loaded.config.run.agent,
    asNewRun: flags['new'] === true,
    confirm: (commands) =>
      confirm(context, flags['trustCommands'] === true || engine.loaded.config.trust.commands, commands),
  })
  const what = result.added ? `added to run ${result.run}` : `run ${result.run} is ready`
  output.result(result, [
    `${result.tasks} tasks of ${JSON.stringify(result.title)}: ${what}.`,
    'Start it with: orchestrator run',
  ])
  return 0
}

async function readPlan(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new OrchestratorError('plan_unreadable', `cannot read ${path}: ${messageOf(cause)}`, {
      hint: 'Name a plan file, JSON or YAML.',
      cause,
    })
  }
}

/** Shows every command and asks; where nobody can answer, only --trust-commands confirms. */
async function confirm(
  context: CommandContext,
  trusted: boolean,
  commands: readonly (readonly string[])[],
): Promise<boolean> {
  const { output } = context
  output.progress("The plan brings these commands, which will run in your repository's trees:")
  for (const command of commands)
    output.progress(`  ${command.map((part) => JSON.stringify(part)).join(' ')}`)
  if (trusted) return true
  if (!output.live || !process.stdin.isTTY) return false
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await asking.question('Run them? [y/N] ')).trim())
  } finally {
    asking.close()
  }
}
