import { resolve } from 'node:path'
import { runBudget } from '../../config/run-budget.ts'
import { executeRun } from '../../engine/execute-run.ts'
import { openEngine } from '../../engine/open.ts'
import { requireRunnable } from '../../engine/require-runnable.ts'
import { readyLine } from '../../engine/ready-suites.ts'
import type { CommandContext } from '../command-context.ts'
import { confirmCommands } from '../confirm-commands.ts'
import { exitCodeOf } from '../exit-code.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { followRun } from '../follow-run.ts'
import { reportOfRun, wantedReport } from '../report-of-run.ts'
import { configFlags } from '../run-flags.ts'
import { runDetached } from '../run-detached.ts'
import { runSummary } from '../run-summary.ts'
import { faultLine } from '../fault-line.ts'

type Flags = Readonly<Record<string, unknown>>

/** `orchestrator run`. */
export async function runCommand(context: CommandContext, flags: Flags): Promise<number> {
  const { output, cwd, env } = context
  const wanted = await wantedReport(cwd, flags['report'])
  if (flags['detach'] === true) return runDetached(context, process.argv.slice(2))
  using signals = stopOnSignals((line) => output.progress(line))
  const agent = {
    name: text(flags['agent']),
    sessionFile: pathOf(cwd, flags['session']),
    withoutSleep: flags['sleep'] === false,
  }
  await using engine = await openEngine({
    directory: cwd,
    env,
    flags: configFlags(flags),
    interactive: output.live,
    require: (unopened) =>
      requireRunnable(unopened, {
        ...agent,
        target: unopened.loaded.config.git.target,
        mayResume: flags['new'] !== true,
      }),
  })
  for (const warning of engine.loaded.warnings) output.progress(warning)
  const { run: configured, git, trust } = engine.loaded.config
  const workers = configured.workers
  await using following = followRun(engine, output)
  const done = await executeRun(engine, {
    which: flags['resume'] === true ? 'resume' : flags['new'] === true ? 'new' : 'continue',
    confirm: confirmCommands(context, flags['trustCommands'] === true || trust.commands),
    ...agent,
    workers,
    target: git.target,
    branches: git.mode === 'branches',
    refactor: configured.refactor,
    approve: approval(flags['approve'], configured.approve),
    budget: runBudget(engine.loaded.config),
    winding: signals.winding,
    stopping: signals.stopping,
    report: (thrown) => output.progress(faultLine(thrown)),
    onRun: (run, resumed) => {
      following.start(run.id)
      output.progress(resumed ? `Resuming run ${run.id}: ${run.title}` : `Run ${run.id}: ${run.title}`)
    },
    onSetup: (suite) => output.progress(readyLine(suite)),
    warn: (line) => output.progress(line),
  })
  await following.stop()
  const report = await reportOfRun(context, done, wanted)
  output.result('run-report', report, await runSummary(engine, report))
  return exitCodeOf(report)
}

/** Only a flag takes it back: a run that waits for people does not stop to because it is resumed. */
function approval(flag: unknown, configured: boolean): boolean | null {
  if (typeof flag === 'boolean') return flag
  return configured ? true : null
}

function pathOf(cwd: string, value: unknown): string | null {
  return typeof value === 'string' ? resolve(cwd, value) : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
