import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

export const PAGE = 4_096

export function overwrite(file: string, from: number, bytes: number, by = 0xa5): void {
  const content = readFileSync(file)
  content.fill(by, from, from + bytes)
  writeFileSync(file, content)
}

/** Where in the file the nth page with rows of a table or an index begins, from 0. */
export function placeOf(path: string, name: string, nth = 0): number {
  using db = new DatabaseSync(path)
  const page = db
    .prepare(`SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET ?`)
    .get(name, nth)
  return (Number(page?.['pageno']) - 1) * PAGE
}

/** SQLite takes no text as long as this. */
const ENDLESS = 1_200_000_000

/** Overwrites the first row on a page of a table by one of as many texts, of which the nth claims to be longer than any may be. */
export function claimLength(
  path: string,
  table: string,
  { columns, nth }: { readonly columns: number; readonly nth: number },
): void {
  const types = Array.from({ length: columns }, (_, at) => (at === nth ? varint(13 + 2 * ENDLESS) : [15]))
  const header = [1 + types.flat().length, ...types.flat()]
  const length = varint(header.length + columns - 1 + ENDLESS)
  const row = Buffer.from([...length, 1, ...header, ...Array.from({ length: columns }, () => 97)])
  const page = placeOf(path, table)
  const content = readFileSync(path)
  // Where its first row lies, behind the head of the page (SQLite file format, 1.6).
  row.copy(content, page + content.readUInt16BE(page + (page === 0 ? 100 : 0) + 8))
  writeFileSync(path, content)
}

/** As many groups of seven bits as a number needs. */
function varint(number: number): number[] {
  const rest = Math.floor(number / 128)
  const last = number % 128
  return rest === 0 ? [last] : [...varint(rest).map((byte) => byte | 128), last]
}

/** Changes what the list of tables says of one entry, as an overwritten letter does. */
export function misspell(path: string, entry: string, [from, to]: readonly [string, string]): void {
  using db = new DatabaseSync(path, { defensive: false })
  db.exec('PRAGMA writable_schema = ON')
  const change = 'UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = ? AND instr(sql, ?) > 0'
  if (db.prepare(change).run(from, to, entry, from).changes !== 1)
    throw new Error(`${entry} does not say ${from}`)
}
