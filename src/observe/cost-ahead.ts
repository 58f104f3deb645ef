import { type CostForecast, forecastCost } from '../domain/cost-forecast.ts'
import { priceList } from '../domain/model-prices.ts'
import type { TaskStateName } from '../domain/task.ts'
import { FORECAST_TASKS } from './forecast.ts'
import { knownCosts } from './known-costs.ts'
import type { Run, StoreReader } from './open-readonly.ts'
import { stagesAhead } from './stages-ahead.ts'

/** States in which a task goes on by itself. */
export const GOES_ON: readonly TaskStateName[] = ['pending', 'available', 'running', 'landing', 'retryable']

/** As Claude Code takes them, where nobody says otherwise: whoever only looks reads no configuration. */
const MODELS = { low: 'haiku', medium: 'sonnet', high: 'opus' }

/** What is left of a run may still cost; null where that would take too long to say. */
export function costAhead(reader: StoreReader, run: Run): CostForecast | null {
  const left = reader.tasks(run.id).filter(({ state }) => GOES_ON.includes(state.state))
  if (left.length > FORECAST_TASKS) return null
  const agent = reader.agentOf(run.id) ?? run.startedWith?.name ?? run.agent
  const models = agent === 'claude' ? MODELS : null
  const known = knownCosts(reader.agentRecord(agent), { models, prices: priceList({}) })
  const accepted = reader.acceptedStages(run.id)
  const ahead = left.flatMap(({ definition }) =>
    stagesAhead(definition, { accepted: accepted.get(definition.key) ?? new Set(), refactor: false }),
  )
  return forecastCost(ahead, known)
}
