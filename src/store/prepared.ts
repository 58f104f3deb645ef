import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { messageOf } from '../errors.ts'
import { NEWEST_VERSION } from './migrations/newest.ts'
import { newerSchema, olderSchema } from './other-schema.ts'
import { Damaged, isOfStatement } from './sqlite-errors.ts'

/**
 * A statement of this program. Each of them fits the newest schema: where a store of that schema does not have what a
 * statement or a trigger names, its list of tables is damaged. Throws `store_corrupt` and, of another schema,
 * `store_unavailable` or `store_newer`.
 */
export function prepared(connection: DatabaseSync, path: string, sql: string): StatementSync {
  try {
    return connection.prepare(sql)
  } catch (cause) {
    if (!isOfStatement(cause)) throw cause
    const version = versionIn(connection) ?? NEWEST_VERSION
    if (version < NEWEST_VERSION) throw olderSchema(path, version, cause)
    if (version > NEWEST_VERSION) throw newerSchema(path, version)
    throw new Damaged(path, `its list of tables is not that of a store (${messageOf(cause)})`, cause)
  }
}

/** Which schema a database says that it has; null where it does not. */
export function versionIn(connection: DatabaseSync): number | null {
  try {
    const row = connection.prepare('SELECT max(version) AS version FROM schema_version').get()
    const version = row?.['version']
    return typeof version === 'number' ? version : null
  } catch {
    // It may be that very table which cannot be read.
    return null
  }
}
