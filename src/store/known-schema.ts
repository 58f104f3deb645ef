import { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS } from './migrations/all.ts'
import { text } from './rows.ts'

/** What the list of tables of a database says of one of them, or of an index, a view or a trigger. */
export interface Entry {
  readonly type: string
  readonly name: string
  readonly table: string
  readonly sql: string
}

/** The list that every store of a schema has: whichever it began with, it was brought up by the same steps. */
export function knownSchema(version: number): Entry[] {
  const db = new Database(':memory:')
  try {
    migrate(db, { at: 0, migrations: MIGRATIONS.slice(0, version) })
    return entriesOf(db)
  } finally {
    db.close()
  }
}

/** What SQLite makes by itself has no text. */
export function entriesOf(db: Database): Entry[] {
  return db.all('SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL').map((row) => ({
    type: text(row, 'type'),
    name: text(row, 'name'),
    table: text(row, 'tbl_name'),
    sql: text(row, 'sql'),
  }))
}
