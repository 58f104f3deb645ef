import type { StageRecord } from '../domain/cost-forecast.ts'
import { AGENT_STAGES, STAGES, type Stage } from '../domain/stage.ts'
import type { Database } from './database.ts'
import { tierOf } from './queries-models.ts'
import { number, oneOf, text } from './rows.ts'

/** More of them cost more to read than they tell. */
const LATEST = 2_000

/** Attempts of an agent, of tasks that are over: the latest of them, with what counts as tokens. */
const ENDED = `SELECT a.stage AS stage, a.tier AS tier, a.task_id AS task, m.cost_usd AS usd,
    m.input_tokens + m.output_tokens + m.cache_write_tokens AS tokens
  FROM attempts a JOIN tasks t ON t.id = a.task_id JOIN amounts m ON m.attempt_id = a.id
  WHERE a.agent = ? AND t.state IN ('completed', 'failed') AND m.kind = 'settled' AND m.estimated = 0 AND m.invocations > 0
  ORDER BY a.id DESC LIMIT ${LATEST}`

export const FORECAST_SQL = {
  records: `SELECT stage, tier, count(*) AS attempts, sum(usd) AS usd, sum(usd * usd) AS usd_squares,
      sum(tokens) AS tokens, sum(1.0 * tokens * tokens) AS tokens_squares FROM (${ENDED}) GROUP BY stage, tier`,
  tasks: `SELECT count(DISTINCT task) AS tasks FROM (${ENDED})`,
  took: `SELECT sum(a.agent_ms + a.verify_ms + a.wait_ms + a.engine_ms) AS ms
    FROM (SELECT DISTINCT task_id AS latest FROM attempts WHERE agent = ? ORDER BY task_id DESC LIMIT ${LATEST})
      JOIN tasks t ON t.id = latest JOIN attempts a ON a.task_id = t.id WHERE t.state = 'completed' GROUP BY t.id`,
  agent: 'SELECT agent FROM attempts WHERE run = ? AND agent IS NOT NULL ORDER BY id DESC LIMIT 1',
  accepted: `SELECT t.key AS key, a.stage AS stage FROM tasks t JOIN attempts a ON a.task_id = t.id
    WHERE t.run = ? AND a.kind = 'accepted' AND a.generation >= t.accepted_since`,
} as const

/** What an agent did in all runs of the store. */
export interface AgentRecord {
  readonly records: readonly StageRecord[]
  /** Tasks that these attempts are of. */
  readonly tasks: number
  /** How long workers held each task of it that has landed, in milliseconds. */
  readonly tookMs: readonly number[]
}

export function readAgentRecord(db: Database, agent: string): AgentRecord {
  const tasks = db.get(FORECAST_SQL.tasks, agent)
  return {
    records: db.all(FORECAST_SQL.records, agent).map((row) => ({
      stage: oneOf(row, 'stage', AGENT_STAGES),
      tier: tierOf(row),
      attempts: number(row, 'attempts'),
      usd: { sum: number(row, 'usd'), squares: number(row, 'usd_squares') },
      tokens: { sum: number(row, 'tokens'), squares: number(row, 'tokens_squares') },
    })),
    tasks: tasks === null ? 0 : number(tasks, 'tasks'),
    tookMs: db.all(FORECAST_SQL.took, agent).map((row) => number(row, 'ms')),
  }
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
