import { blockDependants, unlockDependants } from './cascades.ts'
import { CHANGED } from './changed.ts'
import type { Database, Row } from './database.ts'
import { releaseLocks } from './held-locks.ts'
import type { Answer, Args } from './operation.ts'
import { loseAttempts } from './queries-attempts.ts'
import { addEvent } from './queries-events.ts'
import { blocks, stateOf } from './queries-people.ts'
import { idAndKey, idOfTask, knownTask } from './queries-tasks.ts'
import { number, text } from './rows.ts'
import type { LandingIntent, LandingReceipt } from './store.ts'

export const LANDING_SQL = {
  queue: `SELECT t.key AS key FROM tasks t JOIN runs r ON r.id = t.run WHERE t.run = ? AND t.state = 'landing'
    AND (r.approve = 0 OR EXISTS (SELECT 1 FROM approvals a WHERE a.task_id = t.id AND a.arrival = t.arrival))
    ORDER BY t.returned DESC, t.arrival`,
  intend: `INSERT INTO landing_intents
    (task_id, run, target, token, expected, merge_commit, red, green, evidence, evidence_text, created_at)
    SELECT t.id, t.run, l.target, l.token, ?, ?, ?, ?, ?, ?, ? FROM tasks t, landing_leases l
    WHERE t.run = ? AND t.key = ? AND t.generation = ? AND t.state = 'landing' AND l.target = ? AND l.token = ? AND l.holder IS NOT NULL
    ON CONFLICT (task_id) DO NOTHING`,
  openIntents: `SELECT i.*, t.key AS key FROM landing_intents i JOIN tasks t ON t.id = i.task_id WHERE i.run = ? ORDER BY i.created_at, t.id`,
  intentOf: 'SELECT merge_commit FROM landing_intents WHERE task_id = ?',
  drop: 'DELETE FROM landing_intents WHERE task_id = ?',
  complete: `UPDATE tasks SET state = 'completed', state_since = ?, merge_commit = ?, returned = 0, arrival = NULL, ${CHANGED}
    WHERE id = ? AND state = 'landing'`,
  receipt: `INSERT INTO landing_receipts (task_id, run, target, merge_commit, red, green, evidence, landed_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  receiptOf: 'SELECT 1 FROM landing_receipts WHERE task_id = ? AND merge_commit = ?',
  landed: `SELECT r.*, t.key AS key FROM landing_receipts r JOIN tasks t ON t.id = r.task_id
    WHERE r.run = ? AND r.lost_at IS NULL ORDER BY r.id`,
  // Each loss is noted on all receipts of a task: one that is not landed again since has no other.
  lost: `SELECT t.key AS key FROM landing_receipts r JOIN tasks t ON t.id = r.task_id
    WHERE r.run = ? AND r.lost_at IS NOT NULL AND t.state = 'completed'
      AND NOT EXISTS (SELECT 1 FROM landing_receipts o WHERE o.task_id = t.id AND o.lost_at IS NULL)
    GROUP BY t.id ORDER BY t.id`,
  giveBack: `UPDATE tasks SET state = ?, state_since = ?, not_before = ?, reason = ?, returned = 1, arrival = NULL
    WHERE id = ? AND generation = ? AND state = 'landing'`,
  returned: `INSERT INTO landing_returns (task_id, generation, after_attempt, head, kind, refusal, returned_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  lose: `UPDATE landing_receipts SET lost_at = ? WHERE task_id = ? AND lost_at IS NULL`,
  dependants: `SELECT t.* FROM dependencies x JOIN tasks t ON t.id = x.task_id
    WHERE x.depends_on = ? AND t.state NOT IN ('completed', 'failed', 'cancelled', 'needs_human') ORDER BY t.id`,
  strand: `UPDATE tasks SET state = 'needs_human', state_since = ?, reason = ?, claimed_by = NULL, lease_until = NULL,
    not_before = NULL, arrival = NULL WHERE id = ?`,
} as const

export function landingQueue(db: Database, [run]: Args<'landingQueue'>): Answer<'landingQueue'> {
  return db.all(LANDING_SQL.queue, run).map((row) => text(row, 'key'))
}

/**
 * Refused when the landing lease has passed to somebody else, when the task was begun anew since, or when an earlier
 * intent of it is still open.
 */
export function recordIntent(db: Database, [intent, generation, at]: Args<'recordIntent'>): boolean {
  const { run, task, target, token, expected, merge, red, green, evidence, evidenceText } = intent
  const changed = db.run(
    LANDING_SQL.intend,
    expected,
    merge,
    red,
    green,
    evidence,
    evidenceText,
    at,
    run,
    task,
    generation,
    target,
    token,
  )
  if (changed === 0) return false
  const data = { target, token, expected, merge, red, green, evidence }
  addEvent(db, { run, kind: 'landing_intent', task, attempt: null, data }, at)
  return true
}

export function openIntents(db: Database, [run]: Args<'openIntents'>): Answer<'openIntents'> {
  return db.all(LANDING_SQL.openIntents, run).map(intentOf)
}

/** Recording the same landing again changes nothing and is true again. */
export function recordReceipt(db: Database, [receipt, at]: Args<'recordReceipt'>): boolean {
  const { run, task: key, target, merge, red, green, evidence, landedAt } = receipt
  const id = idOfTask(db, run, key)
  const intent = db.get(LANDING_SQL.intentOf, id)
  if (intent === null || text(intent, 'merge_commit') !== merge)
    return db.get(LANDING_SQL.receiptOf, id, merge) !== null
  if (db.run(LANDING_SQL.complete, at, merge, id) === 0) return false
  db.run(LANDING_SQL.receipt, id, run, target, merge, red, green, evidence, landedAt, at)
  db.run(LANDING_SQL.drop, id)
  releaseLocks(db, id)
  const data = { target, merge, red, green, evidence }
  addEvent(db, { run, kind: 'landed', task: key, attempt: null, data }, at)
  addEvent(db, { run, kind: 'task_completed', task: key, attempt: null, data: { merge } }, at)
  unlockDependants(db, id, at)
  return true
}

export function dropIntent(db: Database, [run, key]: Args<'dropIntent'>): void {
  db.run(LANDING_SQL.drop, idAndKey(knownTask(db, run, key)).id)
}

export function recordReturn(db: Database, [run, back, needsHuman, at]: Args<'recordReturn'>): boolean {
  const { task: key, generation, afterAttempt, head, kind, refusal } = back
  const { id } = idAndKey(knownTask(db, run, key))
  const state = needsHuman === null ? 'retryable' : 'needs_human'
  const reason = needsHuman ?? `the landing queue gave it back: ${refusal.fact}`
  const notBefore = needsHuman === null ? at : null
  if (db.run(LANDING_SQL.giveBack, state, at, notBefore, reason, id, generation) === 0) return false
  db.run(LANDING_SQL.returned, id, generation, afterAttempt, head, kind, JSON.stringify(refusal), at)
  db.run(LANDING_SQL.drop, id)
  releaseLocks(db, id)
  const data = { kind, head, code: refusal.code, fact: refusal.fact }
  addEvent(db, { run, kind: 'landing_returned', task: key, attempt: null, data }, at)
  if (needsHuman === null) return true
  addEvent(db, { run, kind: 'task_needs_human', task: key, attempt: null, data: { reason } }, at)
  blockDependants(db, { id, key }, at)
  return true
}

export function landed(db: Database, [run]: Args<'landed'>): Answer<'landed'> {
  return db.all(LANDING_SQL.landed, run).map(receiptOf)
}

export function lostLandings(db: Database, [run]: Args<'lostLandings'>): Answer<'lostLandings'> {
  return db.all(LANDING_SQL.lost, run).map((row) => text(row, 'key'))
}

export function loseLanding(db: Database, [run, key, at]: Args<'loseLanding'>): Answer<'loseLanding'> {
  const { id } = idAndKey(knownTask(db, run, key))
  if (db.run(LANDING_SQL.lose, at, id) === 0) return []
  addEvent(db, { run, kind: 'landing_lost', task: key, attempt: null, data: {} }, at)
  return db
    .all(LANDING_SQL.dependants, id)
    .map((row) => strand(db, { row, run, reason: `the landing of ${key} was lost` }, at))
}

function strand(
  db: Database,
  { row, run, reason }: { row: Row; run: string; reason: string },
  at: number,
): string {
  const { id, key } = idAndKey(row)
  db.run(LANDING_SQL.strand, at, reason, id)
  db.run(LANDING_SQL.drop, id)
  releaseLocks(db, id)
  loseAttempts(db, { run, task: id, key, cause: 'user', detail: reason }, at)
  addEvent(db, { run, kind: 'task_needs_human', task: key, attempt: null, data: { reason } }, at)
  if (!blocks(stateOf(row))) blockDependants(db, { id, key }, at)
  return key
}

function intentOf(row: Row): LandingIntent {
  return {
    run: text(row, 'run'),
    task: text(row, 'key'),
    target: text(row, 'target'),
    token: number(row, 'token'),
    expected: text(row, 'expected'),
    merge: text(row, 'merge_commit'),
    red: text(row, 'red'),
    green: text(row, 'green'),
    evidence: text(row, 'evidence'),
    evidenceText: text(row, 'evidence_text'),
  }
}

function receiptOf(row: Row): LandingReceipt {
  return {
    run: text(row, 'run'),
    task: text(row, 'key'),
    target: text(row, 'target'),
    merge: text(row, 'merge_commit'),
    red: text(row, 'red'),
    green: text(row, 'green'),
    evidence: text(row, 'evidence'),
    landedAt: number(row, 'landed_at'),
  }
}
