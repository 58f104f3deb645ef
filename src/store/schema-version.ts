import type { Database } from './database.ts'
import { NEWEST_VERSION } from './migrations/newest.ts'
import { contentOf, ofOtherProgram } from './other-program.ts'
import { newerSchema } from './other-schema.ts'
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
  if (version > NEWEST_VERSION) throw newerSchema(db.path, version)
  return version
}
