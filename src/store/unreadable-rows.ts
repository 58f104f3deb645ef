import type { SQLInputValue } from 'node:sqlite'
import type { Database } from './database.ts'
import { ROW_READERS } from './row-readers.ts'
import { DamagedRow } from './sqlite-errors.ts'

/**
 * Takes out the rows that the program could not read: in what is saved, every command that met one would end there. Answers
 * how many of each table went.
 */
export function removeUnreadable(db: Database): Map<string, number> {
  const gone = new Map<string, number>()
  for (const table of readTables(db)) {
    const keys = [...unreadable(db, table)].map(({ key }) => key)
    if (keys.length === 0) continue
    const isIt = table.key.map((column) => `"${column}" = ?`).join(' AND ')
    withoutTriggers(db, table.name, () => {
      for (const key of keys) db.run(`DELETE FROM "${table.name}" WHERE ${isIt}`, ...key)
    })
    gone.set(table.name, keys.length)
  }
  return gone
}

/** Throws where a row is damaged. Reads all of them. */
export function requireReadableRows(db: Database): void {
  for (const table of readTables(db))
    for (const { thrown } of unreadable(db, table)) if (thrown instanceof DamagedRow) throw thrown
}

interface ReadTable {
  readonly name: string
  readonly key: readonly string[]
}

/** Older schemas have fewer of them. */
function readTables(db: Database): ReadTable[] {
  return Object.keys(ROW_READERS).flatMap((name) => {
    const key = db.all('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', name)
    return key.length === 0 ? [] : [{ name, key: key.map((row) => String(row['name'])) }]
  })
}

interface Unreadable {
  readonly key: SQLInputValue[]
  readonly thrown: unknown
}

/** One row is in memory at a time, however many there are. */
function* unreadable(db: Database, { name, key }: ReadTable): Generator<Unreadable> {
  for (const row of db.each(`SELECT * FROM "${name}"`)) {
    try {
      ROW_READERS[name]?.(row, db)
    } catch (thrown) {
      yield { key: key.map((column) => row[column] ?? null), thrown }
    }
  }
}

/** Those of logs let nothing go. */
function withoutTriggers(db: Database, table: string, work: () => void): void {
  const triggers = db.all(
    `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?`,
    table,
  )
  for (const { name } of triggers) db.exec(`DROP TRIGGER "${String(name)}"`)
  work()
  for (const { sql } of triggers) db.exec(String(sql))
}
