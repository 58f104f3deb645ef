import { type CostForecast, forecastCost } from '../domain/cost-forecast.ts'
import { priceList } from '../domain/model-prices.ts'
import { FORECAST_TASKS } from './forecast.ts'
import { knownCosts } from './known-costs.ts'
import type { Run, StoreReader } from './open-readonly.ts'
import { stagesAhead } from './stages-ahead.ts'

/** As Claude Code takes them, where nobody says otherwise: whoever only looks reads no configuration. */
const MODELS = { low: 'haiku', medium: 'sonnet', high: 'opus' }

/** What is left of a run may still cost; null where that would take too long to say, or the store is one of an older program. */
export function costAhead(reader: StoreReader, run: Run): CostForecast | null {
  const left = reader.workAhead(run.id)
  if (left === null || left.reduce((sum, { tasks }) => sum + tasks, 0) > FORECAST_TASKS) return null
  const agent = reader.agentOf(run.id) ?? run.startedWith?.name ?? run.agent
  const models = agent === 'claude' ? MODELS : null
  const known = knownCosts(reader.agentRecord(agent), { models, prices: priceList({}) })
  const ahead = left.flatMap(({ tasks, accepted, ...task }) =>
    stagesAhead(task, { accepted, refactor: false }).map((stage) => ({ ...stage, times: tasks })),
  )
  return forecastCost(ahead, known)
}
