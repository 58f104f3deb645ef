import { OrchestratorError } from '../errors.ts'
import type { Database } from './database.ts'
import { NEWEST_VERSION } from './migrations/newest.ts'
import { contentOf, ofOtherProgram } from './other-program.ts'
import { number } from './rows.ts'
import { Damaged } from './sqlite-errors.ts'

/** Version of the schema in the file; 0 for an empty file. Refuses what is no store, and a store of a newer program. */
export function schemaVersion(db: Database): number {
  const content = contentOf(db)
  if (content === 'nothing') return 0
  if (content === 'other') throw ofOtherProgram(db.path)
  if (content === 'damaged') throw new Damaged(db.path, 'its mark is none of a store')
  const row = db.get('SELECT max(version) AS version FROM schema_version')
  const version = row === null ? 0 : number(row, 'version')
  if (version > NEWEST_VERSION) {
    throw new OrchestratorError(
      'store_newer',
      `The store ${db.path} has schema ${version}; this program knows schemas up to ${NEWEST_VERSION}.`,
      { hint: 'Use the version of the program that wrote it, or a newer one.' },
    )
  }
  return version
}
