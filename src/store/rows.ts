import { OrchestratorError } from '../errors.ts'
import type { Row } from './database.ts'
import { DamagedRow, writtenByOthers } from './sqlite-errors.ts'

/** Readers of columns: what the database hands out is checked, never assumed. */
export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw unexpected(column, 'text', value)
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column)
}

export function number(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw unexpected(column, 'a number', value)
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column)
}

/** One of the names that the program knows. */
export function oneOf<Name extends string>(row: Row, column: string, names: readonly Name[]): Name {
  const value = text(row, column)
  const found = names.find((name) => name === value)
  if (found !== undefined) return found
  throw unexpected(column, `one of ${names.join(', ')}`, value)
}

export function json(row: Row, column: string): unknown {
  try {
    return JSON.parse(text(row, column))
  } catch (cause) {
    if (cause instanceof OrchestratorError) throw cause
    throw new DamagedRow(unlike(column, 'JSON', row[column]))
  }
}

/** A JSON object that this program wrote from the domain's own type; its tag fields are checked by the caller. */
export function jsonObject(row: Row, column: string): Record<string, unknown> {
  const value = json(row, column)
  if (isRecord(value)) return value
  throw unexpected(column, 'a JSON object', row[column])
}

export function jsonArray(row: Row, column: string): unknown[] {
  const value = json(row, column)
  if (Array.isArray(value)) return value
  throw unexpected(column, 'a JSON array', row[column])
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What nobody types was not written by hand. */
export function unexpected(column: string, wanted: string, got: unknown): OrchestratorError {
  // A column has another name where the list of tables is damaged.
  if (got === undefined) return new DamagedRow(`The store has no column ${column}, where ${wanted} belongs.`)
  const message = unlike(column, wanted, got)
  return isGarbled(got) ? new DamagedRow(message) : writtenByOthers(message)
}

function unlike(column: string, wanted: string, got: unknown): string {
  const shown = typeof got === 'string' ? `“${got.slice(0, 80)}”` : String(got)
  return `The store holds ${shown} in ${column}, where ${wanted} belongs.`
}

/** Bytes that are no text are read as U+FFFD. */
function isGarbled(got: unknown): boolean {
  return typeof got === 'string' && /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/.test(got)
}
