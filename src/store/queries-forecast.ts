import type { StageRecord } from '../domain/cost-forecast.ts'
import { COMPLEXITIES, TASK_KINDS, type TaskDefinition } from '../domain/plan.ts'
import { AGENT_STAGES, STAGES, type Stage } from '../domain/stage.ts'
import { GOES_ON, TASK_STATES } from '../domain/task.ts'
import type { Database, Row } from './database.ts'
import { tierOf } from './queries-models.ts'
import { number, oneOf, text, unexpected } from './rows.ts'

/** More of them cost more to read than they tell. */
const LATEST = 500

/**
 * Attempts of an agent, of tasks that are over: the latest of them, with what counts as tokens. CROSS JOIN keeps the order:
 * else all that the agent ever did would be joined before the latest are known.
 */
const ENDED = `SELECT a.stage AS stage, a.tier AS tier, a.task_id AS task, m.cost_usd AS usd,
    m.input_tokens + m.output_tokens + m.cache_write_tokens AS tokens
  FROM attempts a CROSS JOIN tasks t ON t.id = a.task_id CROSS JOIN amounts m ON m.attempt_id = a.id
  WHERE a.agent = ? AND t.state IN ('completed', 'failed') AND m.kind = 'settled' AND m.estimated = 0 AND m.invocations > 0
  ORDER BY a.id DESC LIMIT ${LATEST}`

export const FORECAST_SQL = {
  records: `SELECT stage, tier, count(*) AS attempts, sum(usd) AS usd, sum(usd * usd) AS usd_squares, sum(tokens) AS tokens,
      sum(1.0 * tokens * tokens) AS tokens_squares, sum(nth = 1) AS tasks
    FROM (SELECT *, row_number() OVER (PARTITION BY task) AS nth FROM (${ENDED})) GROUP BY stage, tier`,
  took: `SELECT sum(a.agent_ms + a.verify_ms + a.wait_ms + a.engine_ms) AS ms
    FROM (SELECT DISTINCT task_id AS latest FROM attempts WHERE agent = ? ORDER BY task_id DESC LIMIT ${LATEST})
      JOIN tasks t ON t.id = latest JOIN attempts a ON a.task_id = t.id WHERE t.state = 'completed' GROUP BY t.id`,
  // From the end, where the run that people look at mostly is.
  agent: 'SELECT agent FROM attempts WHERE +run = ? AND agent IS NOT NULL ORDER BY id DESC LIMIT 1',
  // In the order of the index of states, so that no definition is read.
  kinds: `SELECT state, kind, complexity, count(*) AS tasks FROM tasks
    WHERE run = ? GROUP BY state, kind, complexity`,
  begun: `SELECT t.state AS state, t.kind AS kind, t.complexity AS complexity, group_concat(DISTINCT a.stage) AS stages
    FROM tasks t CROSS JOIN attempts a ON a.task_id = t.id
    WHERE t.run = ? AND t.state IN (${GOES_ON.map((state) => `'${state}'`).join(', ')})
      AND a.kind = 'accepted' AND +a.generation >= t.accepted_since GROUP BY t.id`,
  accepted: `SELECT t.key AS key, a.stage AS stage FROM tasks t JOIN attempts a ON a.task_id = t.id
    WHERE t.run = ? AND a.kind = 'accepted' AND a.generation >= t.accepted_since`,
} as const

/** What an agent did in all runs of the store. */
export interface AgentRecord {
  readonly records: readonly StageRecord[]
  /** Tasks that these attempts are of. */
  readonly tasks: number
}

/** Tasks that are alike in what they have before them. */
export interface WorkAhead extends Pick<TaskDefinition, 'kind' | 'complexity'> {
  readonly accepted: ReadonlySet<Stage>
  readonly tasks: number
}

export function readAgentRecord(db: Database, agent: string): AgentRecord {
  const rows = db.all(FORECAST_SQL.records, agent)
  return {
    records: rows.map((row) => ({
      stage: oneOf(row, 'stage', AGENT_STAGES),
      tier: tierOf(row),
      attempts: number(row, 'attempts'),
      usd: { sum: number(row, 'usd'), squares: number(row, 'usd_squares') },
      tokens: { sum: number(row, 'tokens'), squares: number(row, 'tokens_squares') },
    })),
    // Each is counted where its first attempt is.
    tasks: rows.reduce((sum, row) => sum + number(row, 'tasks'), 0),
  }
}

/** How long workers held each task of an agent that has landed, in milliseconds. */
export function readAgentTimes(db: Database, agent: string): number[] {
  return db.all(FORECAST_SQL.took, agent).map((row) => number(row, 'ms'))
}

/** Counted in the store: a run may have many tasks, and has few kinds of them. */
export function readWorkAhead(db: Database, run: string): WorkAhead[] {
  const begun = db.all(FORECAST_SQL.begun, run).map((row) => ({
    ...alikeOf(row),
    accepted: new Set(text(row, 'stages').split(',').map(stageOf)),
  }))
  const fresh = db.all(FORECAST_SQL.kinds, run).map((row) => {
    const alike = alikeOf(row)
    const others = begun.filter((task) => ALIKE.every((name) => task[name] === alike[name]))
    return { ...alike, accepted: new Set<Stage>(), tasks: number(row, 'tasks') - others.length }
  })
  return [...fresh, ...begun.map((task) => ({ ...task, tasks: 1 }))].filter(
    ({ state, tasks }) => tasks > 0 && GOES_ON.includes(state),
  )
}

const ALIKE = ['state', 'kind', 'complexity'] as const

function alikeOf(row: Row) {
  return {
    state: oneOf(row, 'state', TASK_STATES),
    kind: oneOf(row, 'kind', TASK_KINDS),
    complexity: oneOf(row, 'complexity', COMPLEXITIES),
  }
}

function stageOf(name: string): Stage {
  const stage = STAGES.find((known) => known === name)
  if (stage !== undefined) return stage
  throw unexpected('stage', `one of ${STAGES.join(', ')}`, name)
}

/** The agent that a run called last; null before it called any. */
export function readAgentOf(db: Database, run: string): string | null {
  const row = db.get(FORECAST_SQL.agent, run)
  return row === null ? null : text(row, 'agent')
}

/** By task: which stages are accepted and still count. */
export function readAccepted(db: Database, run: string): ReadonlyMap<string, ReadonlySet<Stage>> {
  const accepted = new Map<string, Set<Stage>>()
  for (const row of db.all(FORECAST_SQL.accepted, run)) {
    const key = text(row, 'key')
    const stages = accepted.get(key) ?? new Set<Stage>()
    stages.add(oneOf(row, 'stage', STAGES))
    accepted.set(key, stages)
  }
  return accepted
}
