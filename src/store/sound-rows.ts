import { isUtf8 } from 'node:buffer'
import type { DatabaseSync } from 'node:sqlite'
import { NUMBER, type ReadRow } from './readable-rows.ts'

interface FoundRow {
  readonly table: string
  readonly columns: readonly string[]
  readonly row: ReadRow
}

/** Columns of names that this program makes or checks. Any other text may be of agents and tests, with anything in it. */
const NAMES = new Set(['id', 'run', 'key', 'state', 'kind', 'stage', 'level', 'identifier', 'worker'])

/**
 * Whether this program could have written what stands in the columns of a row: where a page is damaged within, rows are still
 * found, with anything in them. What they mean is asked once they are taken over.
 */
export function isSound(db: DatabaseSync, { table, columns, row }: FoundRow): boolean {
  if (columns.some((column) => isTooLarge(row[column]))) return false
  const texts = columns.flatMap((column) => {
    const text = row[column]
    return typeof text === 'string' ? [{ column, text }] : []
  })
  if (texts.some(({ column, text }) => NAMES.has(column) && text.includes('\0'))) return false
  // It was written as it is, or stands for bytes that are no character.
  const doubtful = texts.filter(({ text }) => text.includes('\uFFFD')).map(({ column }) => column)
  return doubtful.length === 0 || row[NUMBER] === undefined || areTexts(db, { table, columns: doubtful, row })
}

/** No number that this program writes is larger than JavaScript counts exactly. */
function isTooLarge(value: unknown): boolean {
  return typeof value === 'bigint' && !Number.isSafeInteger(Number(value))
}

function areTexts(db: DatabaseSync, { table, columns, row }: FoundRow): boolean {
  const bytes = columns.map((column) => `CAST("${column}" AS BLOB) AS "${column}"`).join(', ')
  const found = db.prepare(`SELECT ${bytes} FROM "${table}" WHERE rowid = ?`).get(row[NUMBER] ?? null)
  return columns.every((column) => {
    const value = found?.[column]
    return value instanceof Uint8Array && isUtf8(value)
  })
}
