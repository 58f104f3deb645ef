import type { Database } from './database.ts'
import { type Entry, entriesOf, knownSchema } from './known-schema.ts'
import { schemaVersion } from './schema-version.ts'
import { Damaged } from './sqlite-errors.ts'

/**
 * Throws `store_corrupt` where the list of tables lacks something that every store of its schema has, or has another text for
 * it: SQLite reads any that makes sense. What somebody added does no harm.
 */
export function requireWholeSchema(db: Database): void {
  const version = schemaVersion(db)
  if (version === 0) return
  const listed = new Set(entriesOf(db).map(said))
  const unlike = knownSchema(version).find((entry) => !listed.has(said(entry)))
  if (unlike !== undefined)
    throw new Damaged(
      db.path,
      `its list of tables does not have the ${unlike.type} ${unlike.name} as it was made`,
    )
}

/** Spaces and quotes mean nothing, and a later SQLite may set them otherwise where it adds a column to a text or takes one out. */
function said({ type, name, table, sql }: Entry): string {
  return JSON.stringify([type, name, table, sql.replaceAll(/[\s"]+/g, '')])
}
