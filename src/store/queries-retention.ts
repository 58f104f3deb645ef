import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'

export const RETENTION_SQL = {
  keepFrom: `INSERT INTO counters (name, value) VALUES ('audit_kept_from', ?)
    ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
  circuitEvents: 'DELETE FROM circuit_events WHERE at < ?',
  requests: 'DELETE FROM requests WHERE answered_at IS NOT NULL AND answered_at < ?',
} as const

/** The mark comes first: the trigger of the table lets nothing younger go. */
export function prune(db: Database, [before]: Args<'prune'>): Answer<'prune'> {
  db.run(RETENTION_SQL.keepFrom, before)
  return db.run(RETENTION_SQL.circuitEvents, before) + db.run(RETENTION_SQL.requests, before)
}
