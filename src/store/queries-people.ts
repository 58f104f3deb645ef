import type { TaskStateName } from '../domain/task.ts'
import { mayBecome, TASK_STATES } from '../domain/task.ts'
import { blockDependants, relockDependants, unblockDependants } from './cascades.ts'
import type { Database, Row } from './database.ts'
import { releaseLocks } from './held-locks.ts'
import type { Args } from './operation.ts'
import { loseAttempts } from './queries-attempts.ts'
import { resetStages } from './queries-circuits.ts'
import { addEvent } from './queries-events.ts'
import { knownRun, RUN_SQL, suspendRun } from './queries-runs.ts'
import { idAndKey, knownTask } from './queries-tasks.ts'
import { number, numberOrNull, oneOf } from './rows.ts'
import { hasEnded } from './store.ts'

export const PEOPLE_SQL = {
  cancel: `UPDATE tasks SET state = 'cancelled', state_since = ?, reason = ?, claimed_by = NULL, lease_until = NULL, not_before = NULL
    WHERE id = ?`,
  left: `SELECT 1 FROM tasks WHERE run = ? AND state <> 'cancelled' LIMIT 1`,
  openIntent: 'SELECT 1 FROM landing_intents WHERE task_id = ?',
  retry: `UPDATE tasks SET state = ?, state_since = ?, not_before = ?, reason = ?, refusal = NULL, merge_commit = NULL,
    generation = generation + 1, accepted_since = iif(?, generation + 1, accepted_since), note = ?, returned = 0 WHERE id = ?`,
  latestReceipt: 'SELECT lost_at FROM landing_receipts WHERE task_id = ? ORDER BY id DESC LIMIT 1',
} as const

/** A landing whose ref may already have moved is not taken back: git decides first. */
export function cancel(db: Database, [run, key, reason, at]: Args<'cancel'>): boolean {
  const row = knownTask(db, run, key)
  const { id } = idAndKey(row)
  const from = stateOf(row)
  if (!mayBecome(from, 'cancelled') || db.get(PEOPLE_SQL.openIntent, id) !== null) return false
  db.run(PEOPLE_SQL.cancel, at, reason, id)
  releaseLocks(db, id)
  const lastSeen = numberOrNull(row, 'lease_until')
  loseAttempts(db, { run, task: id, key, cause: 'user', detail: `cancelled: ${reason}`, lastSeen }, at)
  addEvent(db, { run, kind: 'task_cancelled', task: key, attempt: null, data: { reason } }, at)
  if (!blocks(from)) blockDependants(db, { id, key }, at)
  endEmptied(db, run, at)
  return true
}

function endEmptied(db: Database, run: string, at: number): void {
  const { state } = knownRun(db, run)
  if (state === 'running' || hasEnded(state) || db.get(PEOPLE_SQL.left, run) !== null) return
  suspendRun(db, [run, 'incomplete', 'every task was cancelled', at])
}

/** A run that has ended is opened again by it, so that the next `run` goes on with this task. */
export function retry(db: Database, [run, key, options, at]: Args<'retry'>): boolean {
  const row = knownTask(db, run, key)
  const { id } = idAndKey(row)
  const from = stateOf(row)
  const to = retriedState(db, row)
  if (to === null || !mayBecome(from, to)) return false
  const again = to === 'retryable' ? 'its landing was lost' : null
  db.run(
    PEOPLE_SQL.retry,
    to,
    at,
    again === null ? null : at,
    again,
    options.from === 'red' ? 1 : 0,
    options.note,
    id,
  )
  db.run(RUN_SQL.reopen, `the task ${key} is retried`, run)
  resetStages(db, { run, key }, at)
  const data = {
    from: options.from,
    note: options.note,
    state: to,
    generation: number(row, 'generation') + 1,
  }
  addEvent(db, { run, kind: 'task_retried', task: key, attempt: null, data }, at)
  if (from === 'completed') relockDependants(db, id, at)
  if (blocks(from) && !blocks(to)) unblockDependants(db, { id, key }, at)
  return true
}

/** Where a retried task goes; null when there is nothing to retry. */
function retriedState(db: Database, row: Row): TaskStateName | null {
  const from = stateOf(row)
  if (from === 'completed') {
    const latest = db.get(PEOPLE_SQL.latestReceipt, number(row, 'id'))
    return latest === null || latest['lost_at'] === null ? null : 'retryable'
  }
  if (from !== 'failed' && from !== 'needs_human' && from !== 'cancelled') return null
  if (number(row, 'blockers') > 0) return 'blocked'
  return number(row, 'unmet') > 0 ? 'pending' : 'available'
}

export function stateOf(row: Row): TaskStateName {
  return oneOf(row, 'state', TASK_STATES)
}

export function blocks(state: TaskStateName): boolean {
  return state === 'failed' || state === 'cancelled' || state === 'needs_human' || state === 'blocked'
}
