import { setBack } from '../domain/circuit-times.ts'
import type { Database } from './database.ts'
import { keepCircuit } from './keep-circuit.ts'
import { addEvent } from './queries-events.ts'
import { number, text } from './rows.ts'
import { circuitOf, idOf } from './run-circuits.ts'

export const SET_BACK_SQL = {
  waits: `UPDATE tasks SET not_before = not_before - ? WHERE run IN (SELECT id FROM runs) AND state = 'retryable' AND not_before > ? RETURNING run, key, not_before`,
  /** What a task waits for is asked of its attempts again once it is claimed. */
  retries: `UPDATE attempts SET outcome = json_set(outcome, '$.retryAt', json_extract(outcome, '$.retryAt') - ?)
    WHERE kind = 'lost' AND json_extract(outcome, '$.retryAt') > ? AND task_id IN (
      SELECT id FROM tasks WHERE run IN (SELECT id FROM runs) AND state IN ('retryable', 'running', 'pending', 'blocked'))`,
  landing: 'UPDATE landing_leases SET lease_until = lease_until - ? WHERE lease_until > ?',
  circuits: 'SELECT * FROM circuits',
  told: `UPDATE notification_subjects SET memory = json_set(memory, '$.told.at', json_extract(memory, '$.told.at') - ?)
    WHERE json_extract(memory, '$.told.at') > ?`,
  telling: `UPDATE notification_subjects SET memory = json_set(memory, '$.waiting.at', json_extract(memory, '$.waiting.at') - ?)
    WHERE json_extract(memory, '$.waiting.at') > ?`,
  due: `UPDATE notifications SET due_at = due_at - ? WHERE state = 'pending' AND due_at > ?`,
} as const

/** Less is no reason: a wait becomes that much longer. */
const WORTH_MOVING_MS = 5_000

/**
 * The clock of the machine may be set back, by hours or years, while a run is worked or between two. Whatever the store lets
 * wait until a time then lasts as long as it would have. Claims are left alone: who holds one renews it by the new clock, and what
 * was asked by the old one must not find it expired. `seenAt`: the latest time that the owner wrote.
 */
export function heedClock(
  db: Database,
  { seenAt, at }: { readonly seenAt: number; readonly at: number },
): void {
  const byMs = seenAt - at
  if (byMs < WORTH_MOVING_MS) return
  for (const row of db.all(SET_BACK_SQL.waits, byMs, at)) tell(db, row, at)
  db.run(SET_BACK_SQL.retries, byMs, at)
  db.run(SET_BACK_SQL.landing, byMs, at)
  for (const row of db.all(SET_BACK_SQL.circuits)) {
    const before = circuitOf(row)
    keepCircuit(db, { id: idOf(row), before, moved: { circuit: setBack(before, byMs), facts: [] } }, at)
  }
  for (const sql of [SET_BACK_SQL.told, SET_BACK_SQL.telling, SET_BACK_SQL.due]) db.run(sql, byMs, at)
}

/** Schedules hear of it by the log. */
function tell(db: Database, row: ReturnType<Database['all']>[number], at: number): void {
  const data = { notBefore: number(row, 'not_before'), reason: 'the clock of the machine was set back' }
  const [run, task] = [text(row, 'run'), text(row, 'key')]
  addEvent(db, { run, kind: 'task_given_back', task, attempt: null, data }, at)
}
