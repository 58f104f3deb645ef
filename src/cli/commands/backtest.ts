import { resolve } from 'node:path'
import { backtest } from '../../engine/backtest/backtest.ts'
import { readInput } from '../../runtime/read-input.ts'
import type { BacktestReport } from '../../protocol/output/backtest-report.ts'
import { parseProject } from '../../protocol/project-file.ts'
import type { CommandContext } from '../command-context.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { faultLine } from '../fault-line.ts'

/** `orchestrator backtest REPO`. */
export async function backtestCommand(
  context: CommandContext,
  repository: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  const { from, to, limit, workers, config, keep } = flags
  const file = typeof config === 'string' ? config : null
  const text = file === null ? null : await readInput(resolve(cwd, file), PROJECT)
  using signals = stopOnSignals((line) => output.progress(line), { atOnce: true })
  const report = await backtest({
    directory: resolve(cwd, repository),
    env,
    flags: {},
    from: typeof from === 'string' ? from : null,
    to: typeof to === 'string' ? to : 'HEAD',
    limit: typeof limit === 'number' ? limit : null,
    workers: typeof workers === 'number' ? workers : 1,
    suites: text === null || file === null ? null : (detected) => parseProject(text, file, detected),
    keep: typeof keep === 'string' ? resolve(cwd, keep) : null,
    winding: signals.winding,
    stopping: signals.stopping,
    onProgress: (line) => output.progress(line),
    report: (thrown) => output.progress(faultLine(thrown)),
  })
  output.result('backtest-report', report, summary(report))
  return report.treeMatches ? 0 : 1
}

const PROJECT = {
  code: 'config_unreadable',
  hint: 'Name a file with the `project` part of a plan, JSON or YAML.',
} as const

function summary(report: BacktestReport): string[] {
  const { commits, tasks, proven, carried, refused, treeMatches, wallMs, workers } = report
  const seconds = Math.round(wallMs / 1000)
  return [
    `${commits} commits: ${tasks} change tests and sources, ${proven} of them are proven; ${carried} were carried.`,
    ...refused.map(({ commit, stage, code, fact }) => `  ${commit.slice(0, 10)} ${stage} ${code}: ${fact}`),
    treeMatches
      ? 'The final tree is the one of the history.'
      : 'The final tree is NOT the one of the history.',
    `${seconds} s with ${workers} ${workers === 1 ? 'worker' : 'workers'}.`,
  ]
}
