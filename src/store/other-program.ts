import { STORE_IS_SET_BY } from '../config/places.ts'
import { OrchestratorError } from '../errors.ts'
import { Database } from './database.ts'
import { APPLICATION_ID } from './migrations/all.ts'
import { number } from './rows.ts'

/** Throws `state_unusable` where the file is the database of another program. Nothing is made beside it. */
export function refuseOtherProgram(path: string): void {
  if (looksOther(path)) throw ofOtherProgram(path)
}

/** What a database is by its mark. One without a mark that has tables is no store: both come with one commit. */
export function contentOf(db: Database): 'store' | 'nothing' | 'other' {
  const application = number(db.get('PRAGMA application_id') ?? {}, 'application_id')
  if (application === APPLICATION_ID) return 'store'
  if (application !== 0) return 'other'
  return db.get('SELECT 1 FROM sqlite_schema LIMIT 1') === null ? 'nothing' : 'other'
}

export function ofOtherProgram(path: string): OrchestratorError {
  return new OrchestratorError('state_unusable', `The file ${path} is the database of another program.`, {
    hint: `Nothing was changed. Name another place for the store: ${STORE_IS_SET_BY}.`,
  })
}

/** Its log is left alone: to read that, SQLite makes files beside it. */
function looksOther(path: string): boolean {
  try {
    const db = new Database(path, { immutable: true })
    try {
      return contentOf(db) === 'other'
    } finally {
      db.close()
    }
  } catch {
    // What cannot be read may be a store whose head is destroyed; whoever opens it is told.
    return false
  }
}
