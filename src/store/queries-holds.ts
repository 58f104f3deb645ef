import { PERSON } from '../domain/person.ts'
import { OrchestratorError } from '../errors.ts'
import type { Database, Row } from './database.ts'
import { holdLocks, locksAreFree, releaseLocks } from './held-locks.ts'
import type { Answer, Args } from './operation.ts'
import { loseAttempts } from './queries-attempts.ts'
import { nextNumber } from './queries-claims.ts'
import { addEvent } from './queries-events.ts'
import { retry, stateOf } from './queries-people.ts'
import { idAndKey, knownTask } from './queries-tasks.ts'
import type { GiveBackRequest, SubmitRequest, TakeRequest, WaiveRequest } from './people.ts'
import { number, textOrNull } from './rows.ts'
import { taskOf } from './task-rows.ts'

export const HOLD_SQL = {
  claim: `UPDATE tasks SET state = 'running', state_since = ?, claimed_by = '${PERSON}', token = ?, lease_until = NULL,
    not_before = NULL, reason = NULL WHERE id = ? AND state IN ('available', 'retryable') AND unmet = 0 AND blockers = 0`,
  hold: `INSERT OR REPLACE INTO person_holds (task_id, token, person, directory, asks, waivers, taken_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ask: `UPDATE person_holds SET asks = 'verdict', give_back = ?, waivers = ?, problem = NULL WHERE task_id = ?`,
  answer: `UPDATE person_holds SET asks = NULL, waivers = '[]', base = coalesce(?, base), problem = ?
    WHERE token = ? AND task_id = (SELECT id FROM tasks WHERE run = ? AND key = ? AND token = ? AND state = 'running')`,
  asking: `SELECT t.* FROM tasks t JOIN person_holds h ON h.task_id = t.id AND h.token = t.token
    WHERE t.run = ? AND t.state = 'running' AND t.claimed_by = '${PERSON}' AND h.asks IS NOT NULL ORDER BY h.token`,
  letGo: `UPDATE tasks SET state = 'retryable', state_since = ?, not_before = ?, reason = ?, claimed_by = NULL WHERE id = ?`,
  approve: 'UPDATE runs SET approve = ? WHERE id = ?',
} as const

/** A lease that never expires: what a person has taken is theirs until they hand it in or give it back. */
const FOR_EVER = Number.MAX_SAFE_INTEGER

export function peoplesWork(db: Database, [run]: Args<'peoplesWork'>): Answer<'peoplesWork'> {
  return db.all(HOLD_SQL.asking, run).flatMap((row) => {
    const task = taskOf(db, row)
    const claim = { run, task, worker: PERSON, token: number(row, 'token'), expiresAt: FOR_EVER }
    return task.person === null ? [] : [{ claim, hold: task.person }]
  })
}

export function answerPerson(db: Database, [held, answer, at]: Args<'answerPerson'>): boolean {
  const key = held.task.definition.key
  const { base = null, problem } = answer
  if (db.run(HOLD_SQL.answer, base, problem, held.token, held.run, key, held.token) === 0) return false
  addEvent(db, { run: held.run, kind: 'persons_turn', task: key, attempt: null, data: { base, problem } }, at)
  return true
}

export function requireApproval(db: Database, [run, required]: Args<'requireApproval'>): void {
  db.run(HOLD_SQL.approve, required ? 1 : 0, run)
}

/** The same directory is asked for anew where it was not made the last time. */
export function takeTask(db: Database, asked: TakeRequest, at: number): true {
  const { run, task: key, person, directory } = asked
  const row = knownTask(db, run, key)
  const { person: hold } = taskOf(db, row)
  if (hold !== null) {
    if (hold.asks === 'directory' && hold.directory === directory) return true
    throw takenAlready(key, hold)
  }
  claimForPerson(db, { run, key }, at)
  const { id, token } = heldBy(db, run, key)
  db.run(HOLD_SQL.hold, id, token, person, directory, 'directory', '[]', at, at)
  addEvent(db, { run, kind: 'task_taken', task: key, attempt: null, data: { person, directory } }, at)
  return true
}

/** Asked again while it is judged, it is judged once. */
export function submitTask(
  db: Database,
  { run, task: key, person, giveBack }: SubmitRequest,
  at: number,
): true {
  const row = knownTask(db, run, key)
  const { person: hold } = taskOf(db, row)
  if (hold === null) throw notTaken(key)
  if (hold.asks === 'verdict') return true
  if (hold.asks === 'directory' || hold.directory === null) throw beingMade(key)
  db.run(HOLD_SQL.ask, giveBack ? 1 : 0, '[]', number(row, 'id'))
  addEvent(db, { run, kind: 'task_handed_in', task: key, attempt: null, data: { person, giveBack } }, at)
  return true
}

export function giveBackTaken(db: Database, { run, task: key, person }: GiveBackRequest, at: number): true {
  const row = knownTask(db, run, key)
  if (taskOf(db, row).person === null) throw notTaken(key)
  const { id } = idAndKey(row)
  const reason = `${person} gave it back`
  db.run(HOLD_SQL.letGo, at, at, reason, id)
  releaseLocks(db, id)
  loseAttempts(db, { run, task: id, key, cause: 'user', detail: reason }, at)
  const data = { notBefore: at, reason }
  addEvent(db, { run, kind: 'task_given_back', task: key, attempt: null, data }, at)
  return true
}

/** What was refused last is judged once more. Who has the task keeps it; else it goes on as it would have. */
export function waiveRefusal(db: Database, asked: WaiveRequest, at: number): true {
  const { run, task: key, person, codes, reason } = asked
  const waivers = JSON.stringify(codes.map((code) => ({ code, reason, person })))
  const { person: hold } = taskOf(db, knownTask(db, run, key))
  if (hold !== null && hold.asks !== null) throw beingMade(key)
  if (hold === null) {
    claimForPerson(db, { run, key }, at)
    const { id, token } = heldBy(db, run, key)
    db.run(HOLD_SQL.hold, id, token, person, null, 'verdict', waivers, at, at)
  } else db.run(HOLD_SQL.ask, 0, waivers, heldBy(db, run, key).id)
  addEvent(db, { run, kind: 'task_waived', task: key, attempt: null, data: { person, codes, reason } }, at)
  return true
}

/** From whatever state in which nobody works on it. A failed one has its attempts anew. */
function claimForPerson(db: Database, { run, key }: { run: string; key: string }, at: number): void {
  const before = knownTask(db, run, key)
  const from = stateOf(before)
  if (from === 'failed' || from === 'needs_human')
    retry(db, [run, key, { from: null, note: textOrNull(before, 'note') }, at])
  const task = taskOf(db, knownTask(db, run, key))
  const { id } = idAndKey(before)
  const { state } = task.state
  if (state !== 'available' && state !== 'retryable') throw notFree(key, { state, worker: task.claimedBy })
  if (!locksAreFree(db, run, task.definition.locks)) throw filesInUse(key)
  if (db.run(HOLD_SQL.claim, at, nextNumber(db, 'claim'), id) === 0)
    throw notFree(key, { state, worker: null })
  holdLocks(db, { run, id }, task.definition.locks)
}

function heldBy(db: Database, run: string, key: string): { readonly id: number; readonly token: number } {
  const row: Row = knownTask(db, run, key)
  return { id: number(row, 'id'), token: number(row, 'token') }
}

function takenAlready(key: string, hold: { person: string; directory: string | null }): OrchestratorError {
  return new OrchestratorError(
    'task_state',
    `${key} is taken by ${hold.person}, in ${hold.directory ?? 'no directory'}`,
    {
      hint: `Hand it in with: orchestrator task submit ${key}. Give it back with: orchestrator task give-back ${key}`,
    },
  )
}

function notTaken(key: string): OrchestratorError {
  return new OrchestratorError('task_state', `nobody has taken ${key}`, {
    hint: `Take it with: orchestrator task take ${key} DIR`,
  })
}

function beingMade(key: string): OrchestratorError {
  return new OrchestratorError(
    'task_state',
    `${key} is in work by the engine: its directory is made, or it is judged`,
    {
      hint: `Wait for it: orchestrator task show ${key}. Where that was broken off: orchestrator task give-back ${key}`,
    },
  )
}

function notFree(
  key: string,
  { state, worker }: { state: string; worker: string | null },
): OrchestratorError {
  const why =
    state === 'running' ? `${worker ?? 'a worker'} works on it` : `it is ${state.replaceAll('_', ' ')}`
  return new OrchestratorError('task_state', `${key} cannot be taken: ${why}`, {
    hint: HINTS[state] ?? `See it with: orchestrator task show ${key}`,
  })
}

const HINTS: Readonly<Record<string, string>> = {
  running: 'Wait until its stage ends, or end the run with: orchestrator stop',
  pending: 'What it depends on has to land first: orchestrator task list',
  blocked: 'What it depends on has to be retried first: orchestrator task list',
  cancelled: 'Bring it back first with: orchestrator task retry KEY',
}

function filesInUse(key: string): OrchestratorError {
  return new OrchestratorError('task_state', `${key} cannot be taken: another task works on its files`, {
    hint: 'Wait until that task has landed: orchestrator task list',
  })
}
