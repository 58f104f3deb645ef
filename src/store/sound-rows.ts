import { isUtf8 } from 'node:buffer'
import type { DatabaseSync } from 'node:sqlite'
import { NUMBER, type ReadRow } from './readable-rows.ts'

interface FoundRow {
  readonly table: string
  readonly columns: readonly string[]
  readonly row: ReadRow
}

/** What no command gets past where it is no JSON. */
const JSON_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  runs: ['suites', 'limits', 'requirements'],
  tasks: ['definition'],
  attempts: ['outcome'],
  events: ['data'],
  circuits: ['details'],
}

/** Whether this program could have written a row: where a page is damaged within, rows are still found, with anything in them. */
export function isSound(db: DatabaseSync, { table, columns, row }: FoundRow): boolean {
  const texts = columns.flatMap((column) => {
    const text = row[column]
    return typeof text === 'string' ? [{ column, text }] : []
  })
  if (texts.some(({ text }) => text.includes('\0'))) return false
  if (texts.some(({ column, text }) => JSON_COLUMNS[table]?.includes(column) === true && !isJson(text)))
    return false
  // It was written as it is, or stands for bytes that are no character.
  const doubtful = texts.filter(({ text }) => text.includes('\uFFFD')).map(({ column }) => column)
  return doubtful.length === 0 || row[NUMBER] === undefined || areTexts(db, { table, columns: doubtful, row })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // Whether it is one is the question.
    return false
  }
}

function areTexts(db: DatabaseSync, { table, columns, row }: FoundRow): boolean {
  const bytes = columns.map((column) => `CAST("${column}" AS BLOB) AS "${column}"`).join(', ')
  const found = db.prepare(`SELECT ${bytes} FROM "${table}" WHERE rowid = ?`).get(row[NUMBER] ?? null)
  return columns.every((column) => {
    const value = found?.[column]
    return value instanceof Uint8Array && isUtf8(value)
  })
}
