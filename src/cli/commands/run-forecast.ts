import { agentNameOf } from '../../config/agent-name.ts'
import { claudeModels } from '../../config/claude-models.ts'
import { loadConfig } from '../../config/load.ts'
import { runBudget } from '../../config/run-budget.ts'
import { priceList } from '../../domain/model-prices.ts'
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
  const { config, warnings } = loadConfig({ root: workTree, mainRoot, cwd, env, flags: configFlags(flags) })
  for (const warning of warnings) output.progress(warning)
  const { reader, run } = requireRun(watched)
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
