import { OrchestratorError } from '../errors.ts'
import type { ProcessIdentity } from '../runtime/process-identity.ts'
import { heedClock } from './clock-set-back.ts'
import type { Database, Row } from './database.ts'
import { addEvent } from './queries-events.ts'
import { number, text } from './rows.ts'

export const OWNER_SQL = {
  read: `SELECT o.*, (SELECT value FROM counters WHERE name = 'passing_owner') IS o.epoch AS passing FROM owner o WHERE o.id = 1`,
  epoch: 'SELECT epoch, lease_until FROM owner WHERE id = 1',
  take: `INSERT INTO owner (id, host, boot_id, pid, process_start, epoch, since, lease_until, released)
    VALUES (1, ?, ?, ?, ?, 1, ?, ?, 0)
    ON CONFLICT (id) DO UPDATE SET host = excluded.host, boot_id = excluded.boot_id, pid = excluded.pid,
      process_start = excluded.process_start, epoch = epoch + 1, since = excluded.since, lease_until = excluded.lease_until, released = 0
    WHERE epoch = ? RETURNING epoch`,
  renew: 'UPDATE owner SET lease_until = ? WHERE id = 1 AND epoch = ? AND released = 0',
  release: 'UPDATE owner SET released = 1 WHERE id = 1 AND epoch = ?',
  notePassing: `INSERT INTO counters (name, value) VALUES ('passing_owner', ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  awaitUntil: `INSERT INTO counters (name, value) VALUES ('owner_awaited_until', ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  awaitedUntil: `SELECT value FROM counters WHERE name = 'owner_awaited_until'`,
  noLongerAwaited: `DELETE FROM counters WHERE name = 'owner_awaited_until'`,
} as const

/** Counters that tell of an owner: without it they are taken for those of the next one. */
export const OWNER_COUNTERS: readonly string[] = ['passing_owner', 'owner_awaited_until']

export interface OwnerRecord {
  readonly identity: ProcessIdentity
  readonly epoch: number
  readonly since: number
  readonly leaseUntil: number
  /** It closed the store in order. */
  readonly released: boolean
  /** It came for one change only, and goes by itself. */
  readonly passing: boolean
}

export function readOwner(db: Database): OwnerRecord | null {
  const row = db.get(OWNER_SQL.read)
  return row === null ? null : ownerOf(row)
}

interface Taking {
  readonly owner: ProcessIdentity
  /** Epoch of the owner that was found and judged; 0 for none. */
  readonly after: number
  readonly leaseMs: number
  readonly passing: boolean
  readonly at: number
}

/** Answers the new epoch, or null when somebody else was faster. */
export function takeOwner(db: Database, { owner, after, leaseMs, passing, at }: Taking): number | null {
  const before = readOwner(db)
  const { host, bootId, pid, processStart } = owner
  const row = db.get(OWNER_SQL.take, host, bootId, pid, processStart, at, at + leaseMs, after)
  if (row === null) return null
  const epoch = number(row, 'epoch')
  if (passing) db.run(OWNER_SQL.notePassing, epoch)
  else db.run(OWNER_SQL.noLongerAwaited)
  if (before !== null && !before.released) {
    const data = { epoch, pid, host, before: { pid: before.identity.pid, host: before.identity.host } }
    addEvent(db, { run: null, kind: 'owner_changed', task: null, attempt: null, data }, at)
  }
  return epoch
}

/**
 * The first thing in every transaction. A lease that ran out while the machine slept and was not taken is renewed; one that
 * lasts longer than it was given was written by a clock that was set back since.
 */
export function checkEpoch(
  db: Database,
  { epoch, leaseMs, at }: { epoch: number; leaseMs: number; at: number },
): void {
  const row = db.get(OWNER_SQL.epoch)
  if (row === null || number(row, 'epoch') !== epoch) throw takenOver(db)
  const until = number(row, 'lease_until')
  const isSetBack = until > at + leaseMs
  if (isSetBack) heedClock(db, { seenAt: until - leaseMs, at })
  if (isSetBack || until <= at) renewOwner(db, { epoch, leaseMs, at })
}

function renewOwner(
  db: Database,
  { epoch, leaseMs, at }: { epoch: number; leaseMs: number; at: number },
): void {
  if (db.run(OWNER_SQL.renew, at + leaseMs, epoch) === 0) throw takenOver(db)
}

/** What its timer does, whether anything is asked of the store or not. */
export function keepOwner(
  db: Database,
  ownership: { readonly epoch: number; readonly leaseMs: number; readonly at: number },
): void {
  checkEpoch(db, ownership)
  renewOwner(db, ownership)
}

export function releaseOwner(db: Database, epoch: number): void {
  db.run(OWNER_SQL.release, epoch)
}

/** How long an owner may be silent, unless it is opened otherwise. */
export const DEFAULT_OWNER_LEASE_MS = 30_000

/** How long who wants to stay waits for owners that come for one change only. */
export const PASSING_MS = 5_000

/** Somebody wants to stay: those who come for one change only leave the store to it, and are answered by it. */
export function awaitOwnership(db: Database, at: number): void {
  if (!isAwaited(db, at)) db.run(OWNER_SQL.awaitUntil, at + PASSING_MS)
}

/** A time that is further away was written by a clock that was set back since. */
export function isAwaited(db: Database, at: number): boolean {
  const row = db.get(OWNER_SQL.awaitedUntil)
  const until = row === null ? at : number(row, 'value')
  return until > at && until <= at + PASSING_MS
}

function takenOver(db: Database): OrchestratorError {
  const now = readOwner(db)
  const who = now === null ? 'Another process' : `The process ${now.identity.pid} on ${now.identity.host}`
  return new OrchestratorError(
    'store_owned',
    `${who} has taken over the store ${db.path}; this process may not write it any more.`,
    {
      hint: 'This process was silent for longer than its lease. The other one goes on with the run.',
    },
  )
}

function ownerOf(row: Row): OwnerRecord {
  return {
    identity: {
      host: text(row, 'host'),
      bootId: text(row, 'boot_id'),
      pid: number(row, 'pid'),
      processStart: text(row, 'process_start'),
    },
    epoch: number(row, 'epoch'),
    since: number(row, 'since'),
    leaseUntil: number(row, 'lease_until'),
    released: row['released'] === 1,
    passing: row['passing'] === 1,
  }
}
