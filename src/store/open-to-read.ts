import { existsSync } from 'node:fs'
import { OrchestratorError } from '../errors.ts'
import { Database } from './database.ts'

/** To read a store SQLite makes files beside it. Where it cannot, and no writer left any, nobody can write it. */
export function openToRead(path: string): Database {
  try {
    return opened(path, { readOnly: true })
  } catch (thrown) {
    const isReadOnly = thrown instanceof OrchestratorError && thrown.code === 'state_unusable'
    if (!isReadOnly || existsSync(`${path}-wal`)) throw thrown
    return opened(path, { immutable: true })
  }
}

/** Only what is read first needs these files. */
function opened(path: string, how: { readonly readOnly: true } | { readonly immutable: true }): Database {
  const db = new Database(path, how)
  try {
    db.get('PRAGMA schema_version')
    return db
  } catch (thrown) {
    db.close()
    throw thrown
  }
}
