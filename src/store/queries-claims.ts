import { PERSON } from '../domain/person.ts'
import { CHANGED } from './changed.ts'
import type { Database, Row } from './database.ts'
import { blockDependants } from './cascades.ts'
import { isFruitless, noteFruitless } from './fruitless-search.ts'
import { holdLocks, locksAreFree, releaseLocks } from './held-locks.ts'
import type { Answer, Args } from './operation.ts'
import { loseAttempts } from './queries-attempts.ts'
import { admitClaim, circuitHold, inProbeOrder, isProbed } from './queries-circuits.ts'
import { addEvent } from './queries-events.ts'
import { claimable, freeInOrder, nextClaimAt } from './queries-schedule.ts'
import { number, numberOrNull, text } from './rows.ts'
import type { ClaimRequest } from './scheduling.ts'
import type { Claim, HeldClaim } from './store.ts'
import { taskOf } from './task-rows.ts'

const HELD = `run = ? AND key = ? AND token = ? AND state = 'running'`
/** Candidates among which a probe of the run is chosen. */
const MOST_PROBED = 64

const LET_GO = 'claimed_by = NULL, lease_until = NULL'

export const CLAIM_SQL = {
  nextNumber: `INSERT INTO counters (name, value) VALUES (?, 1)
    ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`,
  claimable: `SELECT t.* FROM tasks t WHERE t.run = ? AND t.key = ?
    AND (t.state = 'available' OR (t.state = 'retryable' AND t.not_before <= ?)) AND t.unmet = 0 AND t.blockers = 0`,
  found: 'SELECT * FROM tasks WHERE id = ?',
  isRunning: `SELECT 1 FROM runs WHERE id = ? AND state = 'running'`,
  claim: `UPDATE tasks SET state = 'running', state_since = ?, claimed_by = ?, token = ?, lease_until = ?, not_before = NULL, reason = NULL, ${CHANGED}
    WHERE id = ? AND (state = 'available' OR (state = 'retryable' AND not_before <= ?)) AND unmet = 0 AND blockers = 0`,
  renew: `UPDATE tasks SET lease_until = iif(claimed_by = '${PERSON}', NULL, ?), ${CHANGED} WHERE ${HELD}`,
  expired: `SELECT id, run, key, claimed_by, lease_until FROM tasks WHERE run = ? AND state = 'running' AND lease_until <= ? ORDER BY lease_until`,
  running: `SELECT id, run, key, claimed_by, lease_until FROM tasks WHERE run = ? AND state = 'running' AND claimed_by <> '${PERSON}' ORDER BY id`,
  withPeople: `SELECT id, key FROM tasks WHERE run = ? AND state = 'running' AND claimed_by = '${PERSON}' ORDER BY id`,
  rescue: `UPDATE tasks SET state = 'retryable', state_since = ?, not_before = ?, reason = ?, ${LET_GO} WHERE id = ? AND state = 'running'`,
  giveBack: `UPDATE tasks SET state = 'retryable', state_since = ?, not_before = ?, reason = ?, ${LET_GO} WHERE ${HELD} RETURNING id, run, key`,
  land: `UPDATE tasks SET state = 'landing', state_since = ?, arrival = ?, ${LET_GO}, ${CHANGED} WHERE ${HELD} RETURNING id, run, key`,
  fail: `UPDATE tasks SET state = 'failed', state_since = ?, refusal = ?, reason = ?, ${LET_GO} WHERE ${HELD} RETURNING id, run, key`,
  needHuman: `UPDATE tasks SET state = 'needs_human', state_since = ?, reason = ?, ${LET_GO} WHERE ${HELD} RETURNING id, run, key`,
} as const

export function claim(db: Database, [request, at]: Args<'claim'>): Answer<'claim'> {
  const asks = request.asksCircuits !== false
  if (db.get(CLAIM_SQL.isRunning, request.run) === null) return null
  if (asks && circuitHold(db, [request.run, request.worker, at]) !== null) return null
  const { run, candidates } = request
  const isAnyMeant = candidates === undefined && !isProbed(db, run)
  const row = isAnyMeant ? firstOfAll(db, run, at) : firstFree(db, request, at)
  return row === null ? null : take(db, { request, row }, at)
}

function firstOfAll(db: Database, run: string, at: number): Row | null {
  if (isFruitless(db, run, at)) return null
  // Nothing is written before the search is over: it reads row by row.
  for (const row of freeInOrder(db, run, at)) return db.get(CLAIM_SQL.found, number(row, 'id'))
  noteFruitless(db, run, nextClaimAt(db, run, at))
  return null
}

function firstFree(db: Database, { run, candidates }: ClaimRequest, at: number): Row | null {
  const keys = candidates ?? claimable(db, [run, at, MOST_PROBED])
  for (const key of inProbeOrder(db, { run, candidates: keys })) {
    const row = db.get(CLAIM_SQL.claimable, run, key, at)
    if (row !== null && locksAreFree(db, run, taskOf(db, row).definition.locks)) return row
  }
  return null
}

interface Candidate {
  readonly request: ClaimRequest
  readonly row: Row
}

/** The write repeats the conditions of the reading; on a database with several writers they may have changed between. */
function take(db: Database, { request, row }: Candidate, at: number): Claim | null {
  const task = taskOf(db, row)
  const id = number(row, 'id')
  const token = nextNumber(db, 'claim')
  const expiresAt = at + request.leaseMs
  if (db.run(CLAIM_SQL.claim, at, request.worker, token, expiresAt, id, at) === 0) return null
  holdLocks(db, { run: request.run, id }, task.definition.locks)
  const { key } = task.definition
  const data = { worker: request.worker, token }
  addEvent(db, { run: request.run, kind: 'task_claimed', task: key, attempt: null, data }, at)
  const taken = { ...task, state: { state: 'running' } as const, claimedBy: request.worker, stateSince: at }
  const held = { run: request.run, task: taken, worker: request.worker, token, expiresAt }
  if (request.asksCircuits !== false) admitClaim(db, held, at)
  return held
}

export function renewClaims(db: Database, [claims, leaseMs, at]: Args<'renewClaims'>): Answer<'renewClaims'> {
  return claims.filter(
    (held) => db.run(CLAIM_SQL.renew, at + leaseMs, held.run, held.task.definition.key, held.token) === 0,
  )
}

export function rescue(db: Database, [run, at, options]: Args<'rescue'>): Answer<'rescue'> {
  const all = options?.all === true
  const rows = all ? db.all(CLAIM_SQL.running, run) : db.all(CLAIM_SQL.expired, run, at)
  const reason = all ? 'the process that held it is gone' : 'its lease expired'
  if (all) loseAttemptsOfPeople(db, { run, detail: reason }, at)
  return rows.map((row) => {
    const id = number(row, 'id')
    const key = text(row, 'key')
    db.run(CLAIM_SQL.rescue, at, at, reason, id)
    releaseLocks(db, id)
    const lastSeen = numberOrNull(row, 'lease_until')
    loseAttempts(db, { run, task: id, key, cause: 'crash', detail: reason, lastSeen }, at)
    addEvent(
      db,
      { run, kind: 'lease_expired', task: key, attempt: null, data: { worker: row['claimed_by'], reason } },
      at,
    )
    return key
  })
}

/** What a person took stays theirs, whatever was judging it. */
function loseAttemptsOfPeople(
  db: Database,
  { run, detail }: { run: string; detail: string },
  at: number,
): void {
  for (const row of db.all(CLAIM_SQL.withPeople, run)) {
    const lost = { run, task: number(row, 'id'), key: text(row, 'key'), cause: 'crash', detail } as const
    loseAttempts(db, { ...lost, lastSeen: null }, at)
  }
}

export function giveBack(db: Database, [held, back, at]: Args<'giveBack'>): boolean {
  const row = db.get(CLAIM_SQL.giveBack, at, back.notBefore, back.reason, ...keyOf(held))
  if (row === null) return false
  letGo(db, row, at)
  return tell(db, { row, kind: 'task_given_back', data: { ...back } }, at)
}

/** Locks stay held: other tasks must not change these files before the landing is decided. */
export function enterLanding(db: Database, [held, at]: Args<'enterLanding'>): boolean {
  const row = db.get(CLAIM_SQL.land, at, nextNumber(db, 'arrival'), ...keyOf(held))
  if (row === null) return false
  loseLeftovers(db, row, at)
  return tell(db, { row, kind: 'task_landing', data: {} }, at)
}

export function fail(db: Database, [held, failure, at]: Args<'fail'>): boolean {
  const refusal = failure.refusal === null ? null : JSON.stringify(failure.refusal)
  const row = db.get(CLAIM_SQL.fail, at, refusal, failure.reason, ...keyOf(held))
  if (row === null) return false
  letGo(db, row, at)
  tell(db, { row, kind: 'task_failed', data: { ...failure } }, at)
  blockDependants(db, { id: number(row, 'id'), key: text(row, 'key') }, at)
  return true
}

export function needHuman(db: Database, [held, reason, at]: Args<'needHuman'>): boolean {
  const row = db.get(CLAIM_SQL.needHuman, at, reason, ...keyOf(held))
  if (row === null) return false
  letGo(db, row, at)
  tell(db, { row, kind: 'task_needs_human', data: { reason } }, at)
  blockDependants(db, { id: number(row, 'id'), key: text(row, 'key') }, at)
  return true
}

/** Numbers that only grow: fencing tokens, places in the queue. */
export function nextNumber(db: Database, name: string): number {
  const row = db.get(CLAIM_SQL.nextNumber, name)
  if (row === null) throw new Error(`the counter ${name} answered nothing`)
  return number(row, 'value')
}

function keyOf(held: HeldClaim): [string, string, number] {
  return [held.run, held.task.definition.key, held.token]
}

function letGo(db: Database, row: Row, at: number): void {
  releaseLocks(db, number(row, 'id'))
  loseLeftovers(db, row, at)
}

/** A task that nobody works on has no running attempt, whatever its worker forgot. */
function loseLeftovers(db: Database, row: Row, at: number): void {
  const [run, key] = [text(row, 'run'), text(row, 'key')]
  const detail = 'the worker gave the task away without ending the attempt'
  loseAttempts(db, { run, task: number(row, 'id'), key, cause: 'crash', detail }, at)
}

interface Telling {
  readonly row: Row
  readonly kind: 'task_given_back' | 'task_landing' | 'task_failed' | 'task_needs_human'
  readonly data: Record<string, unknown>
}

function tell(db: Database, { row, kind, data }: Telling, at: number): true {
  addEvent(db, { run: text(row, 'run'), kind, task: text(row, 'key'), attempt: null, data }, at)
  return true
}
