import {
  AMOUNT,
  BUDGET_SCOPES,
  type Budgets,
  type BudgetScope,
  type Measure,
  MEASURES,
} from '../domain/budget.ts'
import type { TierModels } from '../domain/attempt-model.ts'
import {
  type CostForecast,
  forecastCost,
  type Interval,
  type KnownCosts,
  type StageAhead,
} from '../domain/cost-forecast.ts'
import { claimOrder } from '../domain/graph.ts'
import type { PriceList } from '../domain/model-prices.ts'
import { GOES_ON } from '../domain/task.ts'
import type { RunForecast } from '../protocol/output/run-forecast.ts'
import { forecast, GUESSED_TASK } from './forecast.ts'
import { knownCosts } from './known-costs.ts'
import type { Run, StoreReader, Task } from './open-readonly.ts'
import { stagesAhead } from './stages-ahead.ts'

interface ForecastQuestion {
  readonly agent: string
  /** Null for an agent whose use nobody can guess. */
  readonly models: TierModels | null
  readonly prices: PriceList
  readonly workers: number
  readonly refactor: boolean
  readonly budgets: Budgets
  readonly dayStart: number
  readonly now: number
}

/** What a run would do from here, and what of it its budgets hold. Reads only. */
export function forecastRun(reader: StoreReader, run: Run, question: ForecastQuestion): RunForecast {
  const { agent, models, workers, refactor } = question
  const record = reader.agentRecord(agent)
  const accepted = reader.acceptedStages(run.id)
  const all = reader.tasks(run.id)
  const left = ordered(all.filter(({ state }) => GOES_ON.includes(state.state)))
  const ahead = left.map(({ definition }) =>
    stagesAhead(definition, { accepted: accepted.get(definition.key) ?? new Set(), refactor }),
  )
  const known = knownCosts(record, question)
  const cost = forecastCost(ahead.flat(), known)
  const time = timeOf(left, { took: reader.agentTimes(agent), workers, isGuessed: agent !== 'scripted' })
  return {
    run: run.id,
    title: run.title,
    agent,
    workers,
    tasks: left.map(({ definition: { key, title, complexity, dependsOn } }, place) => ({
      key,
      title,
      complexity,
      dependsOn,
      stages: (ahead[place] ?? []).map(({ stage, tier }) => ({ stage, tier, model: models?.[tier] ?? null })),
    })),
    ...cost,
    time,
    budgets: budgetsOf(reader, { run, cost, time, dearest: dearestTask(ahead, known), question }),
  }
}

function ordered(tasks: readonly Task[]): Task[] {
  const byKey = new Map(tasks.map((task) => [task.definition.key, task]))
  return claimOrder(tasks.map(({ definition }) => definition)).flatMap((key) => byKey.get(key) ?? [])
}

function timeOf(
  left: readonly Task[],
  {
    took,
    workers,
    isGuessed,
  }: { readonly took: readonly number[]; readonly workers: number; readonly isGuessed: boolean },
): RunForecast['time'] {
  const tasks = left.map(({ definition: { key, dependsOn, priority } }) => ({
    key,
    dependsOn,
    priority,
    left: true,
    tookMs: null,
    waitMs: 0,
  }))
  const other = { workers, waitMs: 0, took }
  const known = forecast(tasks, other)
  if (known !== null) return { ...known, basis: 'history' }
  const guess = isGuessed ? forecast(tasks, { ...other, guess: GUESSED_TASK }) : null
  return guess === null ? null : { ...guess, basis: 'guess' }
}

/** The task that needs most, and what it may need. */
function dearestTask(ahead: readonly (readonly StageAhead[])[], known: KnownCosts): CostForecast {
  const costs = ahead.map((stages) => forecastCost(stages, known))
  const weight = ({ usd, calls }: CostForecast): number => (usd?.high ?? 0) + calls.high / 1e6
  return costs.reduce((most, cost) => (weight(cost) > weight(most) ? cost : most), forecastCost([], known))
}

interface Asked {
  readonly run: Run
  readonly cost: CostForecast
  readonly time: RunForecast['time']
  readonly dearest: CostForecast
  readonly question: ForecastQuestion
}

function budgetsOf(reader: StoreReader, asked: Asked): RunForecast['budgets'] {
  const { budgets } = asked.question
  return BUDGET_SCOPES.flatMap((scope) =>
    MEASURES.flatMap((measure) => {
      const most = budgets[scope][measure]
      const needed = most === null ? null : neededOf(asked, scope, measure)
      if (most === null || needed === null) return []
      const used = usedOf(reader, { scope, measure, asked })
      const holds = used + needed.high <= most ? 'yes' : used + needed.expected <= most ? 'maybe' : 'no'
      return [{ scope, measure, most, used, needed, holds } as const]
    }),
  )
}

/** Null where nobody can say. */
function neededOf({ cost, dearest, time }: Asked, scope: BudgetScope, measure: Measure): Interval | null {
  const whole = scope === 'task' ? dearest : cost
  if (measure === 'invocations') return whole.calls
  if (measure !== 'timeMs') return whole[measure]
  if (time === null || scope === 'task') return null
  return { low: 0, expected: time.p50Ms, high: time.p90Ms }
}

function usedOf(
  reader: StoreReader,
  {
    scope,
    measure,
    asked,
  }: { readonly scope: BudgetScope; readonly measure: Measure; readonly asked: Asked },
): number {
  const { run, question } = asked
  if (scope === 'task') return 0
  const day = scope === 'day' ? reader.spentSince(question.dayStart, question.now) : null
  if (measure === 'timeMs') return day?.timeMs ?? 0
  return AMOUNT[measure](day?.spend ?? reader.spend(run.id))
}
