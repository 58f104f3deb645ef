import { closeSync, openSync, readSync } from 'node:fs'
import { STORE_IS_SET_BY } from '../config/places.ts'
import { OrchestratorError } from '../errors.ts'
import { Database } from './database.ts'
import { APPLICATION_ID } from './migrations/newest.ts'
import { number } from './rows.ts'

/** Throws `state_unusable` where the file is the database of another program. Nothing is made beside it. */
export function refuseOtherProgram(path: string): void {
  if (looksOther(path)) throw ofOtherProgram(path)
}

/**
 * What a database is by its mark. One without a mark that has tables is no store, since both come with one commit, unless
 * these are ours: then it is the mark that is damaged.
 */
export function contentOf(db: Database): 'store' | 'nothing' | 'other' | 'damaged' {
  const application = number(db.get('PRAGMA application_id') ?? {}, 'application_id')
  if (application === APPLICATION_ID) return 'store'
  if (number(db.get(OUR_TABLES) ?? {}, 'count') === 2) return 'damaged'
  if (application !== 0) return 'other'
  return db.get('SELECT 1 FROM sqlite_schema LIMIT 1') === null ? 'nothing' : 'other'
}

const OUR_TABLES = `SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table' AND name IN ('schema_version', 'owner')`

export function ofOtherProgram(path: string): OrchestratorError {
  return new OrchestratorError('state_unusable', `The file ${path} is the database of another program.`, {
    hint: `Nothing was changed. Name another place for the store: ${STORE_IS_SET_BY}.`,
  })
}

/** Its log is left alone: to read that, SQLite makes files beside it. */
function looksOther(path: string): boolean {
  try {
    if (isMarked(path)) return false
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

/** Where the mark is in the head of a database (SQLite file format, 1.3.16). */
const MARK_AT = 68

/** Of our own stores all but the newest have the mark in the file: then nothing has to be opened. */
function isMarked(path: string): boolean {
  const mark = Buffer.alloc(4)
  const file = openSync(path, 'r')
  try {
    return (
      readSync(file, mark, 0, mark.length, MARK_AT) === mark.length && mark.readInt32BE() === APPLICATION_ID
    )
  } finally {
    closeSync(file)
  }
}
