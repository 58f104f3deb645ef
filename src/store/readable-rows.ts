import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'

/** One table of a database whose pages may be damaged. */
interface DamagedTable {
  readonly name: string
  readonly columns: readonly string[]
  /** Columns of the key where its rows have no numbers; null where they have. */
  readonly key: readonly string[] | null
}

export type ReadRow = Readonly<Record<string, SQLOutputValue>>

/** A place whose rows cannot be read: how many they are at most; null where that cannot be told. */
export type Gap = number | null

/** The number of a row, among its columns. */
export const NUMBER = '#'

/** Gives every row that can still be read, each once, and answers where there may have been others. */
export function readableRows(db: DatabaseSync, table: DamagedTable, keep: (row: ReadRow) => void): Gap[] {
  const { name, columns, key } = table
  if (key !== null) return fromBothEnds(db, { from: `SELECT ${list(columns)} FROM ${id(name)}`, key }, keep)
  const ordered = `SELECT rowid AS ${id(NUMBER)}, ${list(columns)} FROM ${id(name)} NOT INDEXED WHERE rowid >= ? ORDER BY rowid`
  // A statement that met damage meets it again, wherever it begins.
  const rest = (at: number): Iterable<ReadRow> => prepared(db, ordered).iterate(at)
  return byNumber({ rest, seek: prepared(db, `${ordered} LIMIT 1`) }, keep)
}

interface Numbered {
  readonly rest: (at: number) => Iterable<ReadRow>
  readonly seek: StatementSync
}

function byNumber({ rest, seek }: Numbered, keep: (row: ReadRow) => void): Gap[] {
  const gaps: Gap[] = []
  let at = 0
  const pass = (row: ReadRow): void => {
    keep(row)
    at = numberOf(row) + 1
  }
  while (!readOn(() => rest(at), pass)) {
    const next = nextReadable(seek, at)
    gaps.push(next === null ? null : next - at)
    if (next === null) break
    at = next
  }
  return gaps
}

/** Behind a page that cannot be read, rows are looked for one by one, and then in growing steps. */
const NEAR = 4_096
const FURTHEST = 2 ** 48

function nextReadable(seek: StatementSync, at: number): number | null {
  let damaged = at
  for (let step = 1; step < FURTHEST; step = step < NEAR ? step + 1 : step * 2) {
    const found = look(seek, at + step)
    if (found !== 'damaged') return found === null ? null : firstBetween(seek, damaged, found)
    damaged = at + step
  }
  return null
}

function firstBetween(seek: StatementSync, from: number, to: number): number {
  let [damaged, readable] = [from, to]
  while (readable - damaged > 1) {
    const middle = Math.floor((damaged + readable) / 2)
    const found = look(seek, middle)
    if (found === 'damaged') damaged = middle
    else readable = Math.min(middle, found ?? middle)
    if (found !== 'damaged' && found !== null && found > middle) return Math.max(readable, found)
  }
  return readable
}

/** The number of the first row from there on; null where there is none. */
function look(seek: StatementSync, from: number): number | null | 'damaged' {
  try {
    const row = seek.get(from)
    return row === undefined ? null : numberOf(row)
  } catch {
    // Whether it can be read is the question.
    return 'damaged'
  }
}

/** Rows without numbers can only be read in the order of their key, from the start and from the end. */
function fromBothEnds(
  db: DatabaseSync,
  { from, key }: { readonly from: string; readonly key: readonly string[] },
  keep: (row: ReadRow) => void,
): Gap[] {
  const seen = new Set<string>()
  const once = (row: ReadRow): void => {
    const name = JSON.stringify(key.map((column) => String(row[column])))
    if (!seen.has(name)) keep(row)
    seen.add(name)
  }
  const backwards = key.map((column) => `${id(column)} DESC`).join(', ')
  if (readOn(() => prepared(db, `${from} ORDER BY ${list(key)}`).iterate(), once)) return []
  readOn(() => prepared(db, `${from} ORDER BY ${backwards}`).iterate(), once)
  return [null]
}

/** Whether it came to the end. What `pass` throws is no damage, and ends the whole. */
function readOn(rows: () => Iterable<ReadRow>, pass: (row: ReadRow) => void): boolean {
  const reading = readable(() => rows()[Symbol.iterator]())
  if (reading === null) return false
  try {
    for (;;) {
      const next = readable(() => reading.next())
      if (next === null || next.done === true) return next !== null
      pass(next.value)
    }
  } finally {
    // What met damage has ended by itself.
    readable(() => reading.return?.())
  }
}

/** Null where a page cannot be read; what came before it is kept. */
function readable<Result>(read: () => Result): Result | null {
  try {
    return read()
  } catch {
    // Where it goes on is looked for next.
    return null
  }
}

/** Whole numbers may be larger than JavaScript counts exactly. */
function prepared(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql)
  statement.setReadBigInts(true)
  return statement
}

function numberOf(row: ReadRow): number {
  return Number(row[NUMBER])
}

function list(columns: readonly string[]): string {
  return columns.map(id).join(', ')
}

function id(name: string): string {
  return `"${name}"`
}
