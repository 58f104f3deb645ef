import type { Attempt } from '../domain/attempt.ts'
import type { AttemptModel } from '../domain/attempt-model.ts'
import type { AttemptResources } from '../domain/attempt-resources.ts'
import { circuitEnd } from '../domain/circuit-end.ts'
import { PERSON } from '../domain/person.ts'
import { TASK_STATES, type TaskStateName } from '../domain/task.ts'
import { attemptOf } from './attempt-rows.ts'
import type { GuardedCircuit } from './circuit-records.ts'
import type { Database, Row } from './database.ts'
import { modelOf } from './queries-models.ts'
import { resourcesOf } from './queries-resources.ts'
import { spendOf } from './queries-spend.ts'
import { WORKER_STATES } from './queries-workers.ts'
import { circuitOf, idOf } from './run-circuits.ts'
import { jsonObject, number, numberOrNull, oneOf, text, textOrNull } from './rows.ts'
import type { Task } from './store.ts'
import { taskOf } from './task-rows.ts'
import { NO_SPEND, type Spend } from '../domain/spend.ts'

/** The task stands before the last colon of `task:stage`. */
function guarded(circuits: string): string {
  return `SELECT c.*, t.state AS task_state, w.state AS worker_state, r.ended_at AS run_ended_at,
    (SELECT a.worker FROM attempts a WHERE a.task_id = t.id AND a.stage = substr(c.identifier, length(t.key) + 2)
      ORDER BY a.id DESC LIMIT 1) AS tried_by
  FROM ${circuits} JOIN runs r ON r.id = c.run
  LEFT JOIN tasks t ON c.level = 'stage' AND t.run = c.run
    AND t.key = substr(c.identifier, 1, length(rtrim(c.identifier, replace(c.identifier, ':', ''))) - 1)
  LEFT JOIN workers w ON c.level = 'worker' AND w.run = c.run AND w.worker = c.identifier
  WHERE c.run = ?`
}

/** Readings that only people and dashboards need. */
export const READ_SQL = {
  counts: 'SELECT state, count(*) AS count FROM tasks WHERE run = ? GROUP BY state',
  again: `SELECT count(*) OVER () AS tasks, not_before, reason FROM tasks
    WHERE run = ? AND state = 'retryable' AND not_before > ? ORDER BY not_before, id LIMIT 1`,
  attempts: `SELECT a.*, t.key AS key, r.samples, r.cpu_ms, r.peak_bytes, r.peak_processes, r.points
    FROM tasks t JOIN attempts a ON a.task_id = t.id LEFT JOIN attempt_resources r ON r.attempt_id = a.id
    WHERE t.run = ? AND t.key = ? ORDER BY a.generation, a.number`,
  latestAmount: `SELECT * FROM amounts WHERE attempt_id = ?
    ORDER BY CASE kind WHEN 'settled' THEN 0 WHEN 'streamed' THEN 1 ELSE 2 END LIMIT 1`,
  took: `SELECT t.key AS key, sum(a.agent_ms + a.verify_ms + a.wait_ms + a.engine_ms) AS ms
    FROM tasks t JOIN attempts a ON a.task_id = t.id WHERE t.run = ? AND t.state = 'completed' GROUP BY t.id`,
  runs: 'SELECT id FROM runs WHERE seq > ? ORDER BY seq',
  unlanded: `SELECT DISTINCT t.key AS key FROM tasks t JOIN attempts a ON a.task_id = t.id
    WHERE t.run = ? AND t.state <> 'completed' AND a.kind = 'accepted' ORDER BY t.key`,
  base: `SELECT data FROM events WHERE run = ? AND kind = 'base_measured' ORDER BY seq`,
  heldClaims: `SELECT 'claim_' || token AS probe FROM tasks WHERE run = ? AND state = 'running'`,
  withPeople: `SELECT * FROM tasks WHERE run = ?1 AND state = 'landing'
    UNION ALL SELECT * FROM tasks WHERE run = ?1 AND state = 'running' AND claimed_by = '${PERSON}' ORDER BY id`,
  circuits: 'SELECT state, count(*) AS count FROM circuits WHERE run = ? GROUP BY state',
  guarded: `${guarded('circuits c')} ORDER BY c.level, c.identifier`,
  // Named: else all circuits of the run are read for the few.
  guardedNotClosed: `${guarded('circuits c INDEXED BY circuits_not_closed')} AND c.state <> 'closed' ORDER BY c.level, c.identifier`,
  eventCounts: 'SELECT kind, count(*) AS count FROM events WHERE run = ? GROUP BY kind ORDER BY kind',
} as const

export type WhichCircuits = 'all' | 'not_closed'

export type TaskCounts = Readonly<Record<TaskStateName, number>>

export function countTasks(db: Database, run: string): TaskCounts {
  const counted = new Map(
    db.all(READ_SQL.counts, run).map((row) => [text(row, 'state'), number(row, 'count')]),
  )
  const pairs = TASK_STATES.map((state): [TaskStateName, number] => [state, counted.get(state) ?? 0])
  return Object.fromEntries(pairs) as Record<TaskStateName, number>
}

/** An attempt with when, by whom and for how much. */
export interface AttemptRecord extends Attempt {
  readonly agent: string | null
  /** What worked on it, and why; null where no agent was called. */
  readonly model: AttemptModel | null
  readonly worker: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly agentMs: number
  readonly verifyMs: number
  readonly waitMs: number
  readonly engineMs: number
  /** Settled; while it runs, what streamed in or was reserved. */
  readonly spend: Spend
  readonly estimated: boolean
  /** What its processes used; null while it runs, and where nothing was sampled. */
  readonly resources: AttemptResources | null
}

export function readAttempts(db: Database, run: string, key: string): AttemptRecord[] {
  return db.all(READ_SQL.attempts, run, key).map((row) => recordOf(db, row))
}

/** Tasks that people have, or that wait to land and may need one for it. */
export function readWithPeople(db: Database, run: string): Task[] {
  return db.all(READ_SQL.withPeople, run).map((row) => taskOf(db, row))
}

/** How long workers held each landed task, in milliseconds. */
export function readTookMs(db: Database, run: string): Map<string, number> {
  return new Map(db.all(READ_SQL.took, run).map((row) => [text(row, 'key'), number(row, 'ms')]))
}

/** Ids of all runs, oldest first. */
export function readRunIds(db: Database): string[] {
  return db.all(READ_SQL.runs, 0).map((row) => text(row, 'id'))
}

/** Keys of tasks with accepted work that has not landed. */
export function readUnlanded(db: Database, run: string): string[] {
  return db.all(READ_SQL.unlanded, run).map((row) => text(row, 'key'))
}

/** What was measured of one suite before anything landed. */
export interface MeasuredBase {
  readonly suite: string
  readonly tests: number
  readonly failing: number
  readonly flaky: number
  readonly durationMs: number
}

/** The latest measurement of each suite. */
export function readBase(db: Database, run: string): MeasuredBase[] {
  const latest = new Map<string, MeasuredBase>()
  for (const row of db.all(READ_SQL.base, run)) {
    const data = jsonObject(row, 'data')
    const figure = (name: string): number => Number(data[name] ?? 0)
    latest.set(String(data['suite']), {
      suite: String(data['suite']),
      tests: figure('tests'),
      failing: figure('failing'),
      flaky: figure('flaky'),
      durationMs: figure('durationMs'),
    })
  }
  return [...latest.values()]
}

export interface CircuitCounts {
  readonly closed: number
  readonly open: number
  readonly half_open: number
}

const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const

export function countCircuits(db: Database, run: string): CircuitCounts {
  const counts = { closed: 0, open: 0, half_open: 0 }
  for (const row of db.all(READ_SQL.circuits, run)) {
    counts[oneOf(row, 'state', CIRCUIT_STATES)] = number(row, 'count')
  }
  return counts
}

/** Tasks that wait for a time. */
export interface TriedAgain {
  readonly tasks: number
  /** Of the first of them. */
  readonly at: number
  readonly reason: string | null
}

export function readTriedAgain(db: Database, run: string, now: number): TriedAgain | null {
  const row = db.get(READ_SQL.again, run, now)
  if (row === null) return null
  const reason = row['reason'] === null ? null : text(row, 'reason')
  return { tasks: number(row, 'tasks'), at: number(row, 'not_before'), reason }
}

export function readGuardedCircuits(
  db: Database,
  run: string,
  which: WhichCircuits = 'all',
): GuardedCircuit[] {
  return db.all(which === 'all' ? READ_SQL.guarded : READ_SQL.guardedNotClosed, run).map((row) => ({
    ...idOf(row),
    circuit: circuitOf(row),
    ended: circuitEnd({
      task: row['task_state'] === null ? null : oneOf(row, 'task_state', TASK_STATES),
      worker: row['worker_state'] === null ? null : oneOf(row, 'worker_state', WORKER_STATES),
      runEnded: row['run_ended_at'] !== null,
    }),
    triedBy: textOrNull(row, 'tried_by'),
  }))
}

/** Probes of the claims that a worker holds, as circuits name them. */
export function readHeldProbes(db: Database, run: string): ReadonlySet<string> {
  return new Set(db.all(READ_SQL.heldClaims, run).map((row) => text(row, 'probe')))
}

export interface EventCount {
  readonly kind: string
  readonly count: number
}

/** How often each kind of event happened in a run. */
export function countEvents(db: Database, run: string): EventCount[] {
  return db
    .all(READ_SQL.eventCounts, run)
    .map((row) => ({ kind: text(row, 'kind'), count: number(row, 'count') }))
}

function recordOf(db: Database, row: Row): AttemptRecord {
  const amount = db.get(READ_SQL.latestAmount, number(row, 'id'))
  return {
    ...attemptOf(row),
    agent: textOrNull(row, 'agent'),
    model: modelOf(row),
    worker: text(row, 'worker'),
    startedAt: number(row, 'started_at'),
    endedAt: numberOrNull(row, 'ended_at'),
    agentMs: number(row, 'agent_ms'),
    verifyMs: number(row, 'verify_ms'),
    waitMs: number(row, 'wait_ms'),
    engineMs: number(row, 'engine_ms'),
    spend: amount === null ? NO_SPEND : spendOf(amount),
    estimated: amount?.['estimated'] === 1,
    resources: resourcesOf(row),
  }
}
