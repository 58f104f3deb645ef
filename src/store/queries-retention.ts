import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'

export const RETENTION_SQL = {
  keepFrom: `INSERT INTO counters (name, value) VALUES ('audit_kept_from', ?)
    ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
  circuitEvents:
    'DELETE FROM circuit_events WHERE id IN (SELECT id FROM circuit_events WHERE at < ? LIMIT ?)',
  requests: `DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE answered_at IS NOT NULL AND answered_at < ? LIMIT ?)`,
  manyRequests: `DELETE FROM requests WHERE id IN
    (SELECT id FROM requests WHERE id <= ? AND answered_at IS NOT NULL AND expires_at < ? ORDER BY id LIMIT ?)`,
} as const

/** The mark comes first: the trigger of the table lets nothing younger go. */
export function prune(db: Database, [before, most]: Args<'prune'>): Answer<'prune'> {
  db.run(RETENTION_SQL.keepFrom, before)
  const events = db.run(RETENTION_SQL.circuitEvents, before, most)
  return events + db.run(RETENTION_SQL.requests, before, most - events)
}

/** Of those that were answered. */
const KEPT_REQUESTS = 1_000
/** With each answer: more than one, so that a store that kept more comes down to them. */
const FORGOTTEN_AT_ONCE = 10

/**
 * Only the sender reads an answer, and waits for it no longer than until the request expires. So that what
 * programs ask for years beside no run fills no disk, the oldest go with each new answer.
 */
export function forgetRequests(db: Database, { newest, at }: { newest: number; at: number }): void {
  db.run(RETENTION_SQL.manyRequests, newest - KEPT_REQUESTS, at, FORGOTTEN_AT_ONCE)
}
