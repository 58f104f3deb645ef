import type { AgentChoice } from '../domain/agent-choice.ts'
import type { Limits } from '../domain/limits.ts'
import type { Suite } from '../domain/suite.ts'
import { resumeNeeds } from '../domain/way-on.ts'
import { OrchestratorError } from '../errors.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { endCircuits, skipWaits } from './queries-circuits.ts'
import { addEvent } from './queries-events.ts'
import { orderTasks } from './queries-schedule.ts'
import { forgetCircuits } from './run-circuits.ts'
import { json, jsonArray, jsonObject, number, numberOrNull, oneOf, text, textOrNull } from './rows.ts'
import { hasEnded, type NewRun, RUN_STATES, type Run } from './store.ts'

export const RUN_SQL = {
  insert: `INSERT INTO runs (id, title, suites, limits, agent, requirements, state, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, 'planned', ?, ?)`,
  find: 'SELECT * FROM runs WHERE id = ?',
  current: `SELECT * FROM runs
    ORDER BY coalesce((SELECT max(e.seq) FROM events e WHERE e.run = runs.id), 0) DESC, seq DESC LIMIT 1`,
  unfinished: `SELECT * FROM runs WHERE state NOT IN ('completed', 'incomplete')
    ORDER BY started_at IS NULL, seq DESC LIMIT 1`,
  /** Many plans begin with the same keys: of another title they are others. */
  planned: `SELECT id FROM runs WHERE state = 'planned' AND title = ? ORDER BY seq`,
  start: `UPDATE runs SET state = 'running', reason = NULL, ended_at = NULL, workers = ?, circuits = ?, target = coalesce(target, ?),
    base = coalesce(base, ?), started_at = coalesce(started_at, ?) WHERE id = ? AND state NOT IN ('completed', 'incomplete')`,
  suspend: 'UPDATE runs SET state = ?, reason = ?, ended_at = ? WHERE id = ?',
  reopen: `UPDATE runs SET state = 'paused', reason = ?, ended_at = NULL WHERE id = ? AND state IN ('completed', 'incomplete')`,
  lastRest: `SELECT e.kind, e.data, r.workers FROM events e JOIN runs r ON r.id = e.run
    WHERE e.run = ? AND e.kind IN ('run_paused', 'run_resumed', 'run_started', 'run_ended') ORDER BY e.seq DESC LIMIT 1`,
  keepAgent: 'UPDATE runs SET started_with = ? WHERE id = ?',
  setSuites: 'UPDATE runs SET suites = ? WHERE id = ?',
} as const

export function insertRun(db: Database, run: NewRun, at: number): void {
  db.run(
    RUN_SQL.insert,
    run.id,
    run.title,
    JSON.stringify(run.suites),
    JSON.stringify(run.limits),
    run.agent,
    JSON.stringify(run.requirements ?? null),
    at,
    at,
  )
}

export function findRun(db: Database, [id]: Args<'run'>): Answer<'run'> {
  const row = db.get(RUN_SQL.find, id)
  return row === null ? null : runOf(row)
}

export function findUnfinishedRun(db: Database): Answer<'unfinishedRun'> {
  const row = db.get(RUN_SQL.unfinished)
  return row === null ? null : runOf(row)
}

/** Whatever is done with a run leaves an event of it. */
export function findCurrentRun(db: Database): Answer<'currentRun'> {
  const row = db.get(RUN_SQL.current)
  return row === null ? null : runOf(row)
}

export function keepAgent(db: Database, [run, { name, sessionFile, withoutSleep }]: Args<'keepAgent'>): void {
  knownRun(db, run)
  db.run(RUN_SQL.keepAgent, JSON.stringify({ name, sessionFile, withoutSleep }), run)
}

export function startRun(db: Database, [id, start, at]: Args<'startRun'>): void {
  const before = knownRun(db, id)
  const { workers, circuits, target, base } = start
  const rules = circuits === undefined ? null : JSON.stringify(circuits)
  if (db.run(RUN_SQL.start, workers, rules, target, base, at, id) === 0) throw ended(before)
  const data = {
    target: before.target ?? target,
    base: before.base ?? base,
    workers,
  }
  const kind = before.startedAt === null ? 'run_started' : 'run_resumed'
  addEvent(db, { run: id, kind, task: null, attempt: null, data }, at)
  orderTasks(db, id)
  forgetCircuits(db)
  if (start.skipWaits === true) skipWaits(db, id, at)
}

export function suspendRun(db: Database, [id, state, reason, at, pause]: Args<'suspendRun'>): void {
  knownRun(db, id)
  db.run(RUN_SQL.suspend, state, reason, hasEnded(state) ? at : null, id)
  const about = { run: id, task: null, attempt: null }
  if (hasEnded(state)) endCircuits(db, id, at)
  if (hasEnded(state)) addEvent(db, { ...about, kind: 'run_ended', data: { state, reason } }, at)
  else addEvent(db, { ...about, kind: 'run_paused', data: { state, reason, ...pause } }, at)
}

/** How a run came to rest; null while it is worked, and where it rests for something else. */
export function readRest(db: Database, [run]: Args<'rest'>): Answer<'rest'> {
  const row = db.get(RUN_SQL.lastRest, run)
  if (row === null || text(row, 'kind') !== 'run_paused') return null
  const data = jsonObject(row, 'data')
  const { by, reason, resumeAt, limitUntil = by === 'circuit' ? null : resumeAt } = data
  return {
    by: typeof by === 'string' ? by : null,
    reason: typeof reason === 'string' ? reason : null,
    workers: number(row, 'workers'),
    // What an older program wrote has it as `resumeAt`, where no circuit did it.
    limitUntil: typeof limitUntil === 'number' ? limitUntil : null,
    ...resumeNeeds(data),
  }
}

export function knownRun(db: Database, id: string): Run {
  const run = findRun(db, [id])
  if (run !== null) return run
  throw new OrchestratorError('run_unknown', `The store has no run ${id}.`, {
    hint: 'The current run is shown by `orchestrator status`.',
  })
}

export function ended(run: Run): OrchestratorError {
  return new OrchestratorError('run_state', `The run ${run.id} has ended (${run.state}).`, {
    hint: 'Start another one with `orchestrator run --new`, or retry one of its tasks.',
  })
}

export function runOf(row: Row): Run {
  return {
    id: text(row, 'id'),
    title: text(row, 'title'),
    suites: jsonArray(row, 'suites') as Suite[],
    limits: jsonObject(row, 'limits') as unknown as Limits,
    agent: text(row, 'agent'),
    requirements: json(row, 'requirements'),
    state: oneOf(row, 'state', RUN_STATES),
    reason: textOrNull(row, 'reason'),
    target: textOrNull(row, 'target'),
    base: textOrNull(row, 'base'),
    startedWith: startedWithOf(row),
    workers: number(row, 'workers'),
    createdAt: number(row, 'created_at'),
    startedAt: numberOrNull(row, 'started_at'),
    endedAt: numberOrNull(row, 'ended_at'),
  }
}

/** A store that no newer program has brought up yet has no such column. */
function startedWithOf(row: Row): AgentChoice | null {
  if ((row['started_with'] ?? null) === null) return null
  const { name, sessionFile, withoutSleep } = jsonObject(row, 'started_with')
  return {
    name: typeof name === 'string' ? name : null,
    sessionFile: typeof sessionFile === 'string' ? sessionFile : null,
    withoutSleep: withoutSleep === true,
  }
}
