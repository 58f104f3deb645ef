import { agentNameOf } from '../../config/agent-name.ts'
import { claudeModels } from '../../config/claude-models.ts'
import { loadConfig } from '../../config/load.ts'
import { runBudget } from '../../config/run-budget.ts'
import { priceList } from '../../domain/model-prices.ts'
import { lookAtTarget } from '../../engine/look-at-target.ts'
import { isTargetFlag } from '../../engine/require-target.ts'
import { hasEnded } from '../../observe/open-readonly.ts'
import { requireRun, openWatch } from '../../observe/open-watch.ts'
import { forecastRun } from '../../observe/run-forecast.ts'
import { systemClock } from '../../runtime/clock.ts'
import { localDay } from '../../runtime/local-day.ts'
import type { CommandContext } from '../command-context.ts'
import { forecastLines } from '../forecast-lines.ts'
import { configFlags } from '../run-flags.ts'

/** `orchestrator run --dry-run`: what the run would do and cost. Writes nothing, and calls no agent. */
export async function runForecastCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  using watched = await openWatch(context)
  const { workTree, root: mainRoot } = watched.repository
  const loaded = loadConfig({ root: workTree, mainRoot, cwd, env, flags: configFlags(flags) })
  const { config } = loaded
  for (const warning of loaded.warnings) output.progress(warning)
  const { reader, run } = requireRun(watched)
  const isNew = flags['new'] === true
  if (isNew || !hasEnded(run.state)) {
    await lookAtTarget(watched.repository, env, {
      recorded: isNew ? null : run.target,
      title: run.title,
      asked: config.git.target,
      byFlag: isTargetFlag(loaded),
      branches: config.git.mode === 'branches',
    })
  }
  const { workers, refactor } = config.run
  const asked = typeof flags['agent'] === 'string' ? flags['agent'] : null
  const agent = agentNameOf(config, asked ?? run.startedWith?.name ?? null)
  const now = systemClock.now()
  const question = {
    agent,
    models: agent === 'claude' ? claudeModels(config) : null,
    prices: priceList(config.models.prices ?? {}),
    workers,
    refactor,
    budgets: { run: runBudget(config), ...config.budgets },
    dayStart: localDay(now).start,
    now,
  }
  const told = reader.snapshot(() => forecastRun(reader, run, question))
  output.result('run-forecast', told, forecastLines(told))
  return 0
}
