import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Database } from './database.ts'
import { bytesOf, giveFirstPage, givePages, giveWholeSize, PAGE_BYTES } from './first-page.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS } from './migrations/all.ts'
import { NEWEST_VERSION } from './migrations/newest.ts'
import { OWNER_COUNTERS } from './queries-owner.ts'
import { type Gap, type ReadRow, readableRows } from './readable-rows.ts'
import { mendLinks } from './salvaged-links.ts'
import { mendWaits } from './salvaged-waits.ts'
import { isSound } from './sound-rows.ts'
import { hasNoRoom, NoRoom } from './sqlite-errors.ts'
import { createFile } from './store-file.ts'
import { removeUnreadable } from './unreadable-rows.ts'

/** What could be read of a damaged store, in a store of its own. */
export interface Salvage {
  readonly path: string
  /** Null where it was saved before. */
  readonly read: Reading | null
}

interface Reading {
  /** Whether it lists all tables that its schema has. */
  readonly areListed: boolean
  readonly rows: number
  readonly missing: readonly Missing[]
}

/** A table of which something is missing: at most so many rows; null where that cannot be told. */
interface Missing {
  readonly table: string
  readonly rows: Gap
}

/** A destroyed head alone is put right first; then the first page, where the list of tables begins, and then all of that list. */
const DONATED = ['nothing', 'head', 'first_page', 'list_of_tables'] as const

const DONATED_BYTES = { nothing: 0, head: 100, first_page: PAGE_BYTES, list_of_tables: PAGE_BYTES } as const

/**
 * Saves what can be read of a damaged store, row by row, in a new store beside it; once for each state that it is in. The
 * damaged files are only read. Null where nothing of a store could be read.
 */
export function salvage(path: string, at: number): Salvage | null {
  const kept = `${path}.salvaged-${markOf(path)}`
  if (existsSync(kept)) return { path: kept, read: null }
  const work = mkdtempSync(`${path}.salvaging-`)
  try {
    let best = { into: '', ...NOTHING }
    for (const donated of DONATED) {
      const into = join(work, `${donated}.db`)
      const read = attemptWithin({ path, work, donated, at, into }, best.rows > 0)
      if (read.rows > best.rows) best = { into, ...read }
      if (read.areListed) break
    }
    if (best.rows === 0) return null
    renameSync(best.into, kept)
    return { path: kept, read: best }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

export function isSavedBeside(path: string): boolean {
  return readdirSync(dirname(path)).some((name) => name.startsWith(`${basename(path)}.salvaged-`))
}

/** The same for the same bytes of database and log. */
function markOf(path: string): string {
  const hash = createHash('sha256')
  for (const file of [path, `${path}-wal`]) for (const part of bytesOf(file)) hash.update(part)
  return hash.digest('hex').slice(0, 8)
}

interface Trial {
  readonly path: string
  readonly work: string
  /** What is taken from a new store. */
  readonly donated: (typeof DONATED)[number]
  readonly at: number
  readonly into: string
}

const NOTHING: Reading = { areListed: false, rows: 0, missing: [] }

/** Where there is no room for another trial, what one before it has read is saved. */
function attemptWithin(trial: Trial, hasSome: boolean): Reading {
  const copy = join(trial.work, `${trial.donated}.copy`)
  try {
    return attempt(trial, copy)
  } catch (thrown) {
    if (!hasSome) throw thrown
    return NOTHING
  } finally {
    for (const file of [copy, `${copy}-wal`, `${copy}-shm`]) rmSync(file, { force: true })
  }
}

function attempt(trial: Trial, copy: string): Reading {
  const { path, work, donated, at, into } = trial
  copyFileSync(path, copy)
  giveWholeSize(copy)
  const hasLog = existsSync(`${path}-wal`)
  if (hasLog) copyFileSync(`${path}-wal`, `${copy}-wal`)
  if (donated !== 'nothing') {
    const from = newStore(join(work, 'new.db'), at)
    giveFirstPage(copy, { from, bytes: DONATED_BYTES[donated], hasLog })
    if (donated === 'list_of_tables') givePages(copy, { from, pages: listOfTables(from) })
  }
  try {
    using damaged = new DatabaseSync(copy)
    // A list of tables that is damaged itself is read as far as it goes.
    damaged.exec('PRAGMA writable_schema = ON; PRAGMA cell_size_check = ON')
    return transfer(damaged, { into, at })
  } catch (thrown) {
    if (thrown instanceof NoRoom) throw thrown
    // To read a log SQLite makes a file beside it.
    if (hasNoRoom(copy)) throw new NoRoom(copy, thrown)
    // Not even opened: another trial may go further.
    return NOTHING
  }
}

/** The pages behind the first. A store that one schema made has them where a new one has them, whatever was written since. */
function listOfTables(path: string): number[] {
  using db = new DatabaseSync(path, { readOnly: true })
  const rows = db.prepare(`SELECT pageno FROM dbstat WHERE name = 'sqlite_schema' AND pageno > 1`).all()
  return rows.map((row) => Number(row['pageno']))
}

function newStore(path: string, at: number): string {
  if (existsSync(path)) return path
  const db = new Database(path)
  migrate(db, { at })
  db.close()
  return path
}

function transfer(damaged: DatabaseSync, { into, at }: Pick<Trial, 'into' | 'at'>): Reading {
  createFile(into)
  const db = new Database(into)
  try {
    migrate(db, { at, migrations: MIGRATIONS.slice(0, versionOf(damaged)) })
    db.exec('PRAGMA foreign_keys = OFF')
    return db.transaction(() => {
      const tables = tablesOf(db).map((table) => take(damaged, db, table))
      const readable = without(removeUnreadable(db), tables)
      const unlinked = mendLinks(db, sequencesOf(damaged))
      mendWaits(db, at)
      return summedUp(withoutPutBack(readable), unlinked)
    })
  } finally {
    db.close()
  }
}

/** One that cannot be read counts as that of this program. */
function versionOf(damaged: DatabaseSync): number {
  const row = tried(() => damaged.prepare('SELECT max(version) AS version FROM schema_version').get())
  const version = Number(row?.['version'] ?? 0)
  return version >= 1 && version <= NEWEST_VERSION ? version : NEWEST_VERSION
}

function sequencesOf(damaged: DatabaseSync): { readonly name: string; readonly last: number }[] {
  const rows = tried(() => damaged.prepare('SELECT name, seq FROM sqlite_sequence').all()) ?? []
  return rows.map((row) => ({ name: String(row['name']), last: Number(row['seq']) }))
}

interface Table {
  readonly name: string
  readonly hasNumbers: boolean
}

/** Who owned the damaged store does not own this one, and nobody waits for them. */
function isOfOwner(table: string, row: ReadRow): boolean {
  return table === 'counters' && OWNER_COUNTERS.includes(String(row['name']))
}

const NOT_TAKEN = ['owner', 'schema_version', 'sqlite_sequence', 'sqlite_schema']

function tablesOf(db: Database): Table[] {
  return db
    .all(`SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name`)
    .map((row) => ({ name: String(row['name']), hasNumbers: row['wr'] === 0 }))
    .filter(({ name }) => !NOT_TAKEN.includes(name))
}

interface Taken {
  readonly table: string
  readonly isListed: boolean
  readonly rows: number
  readonly gaps: readonly Gap[]
}

function take(damaged: DatabaseSync, db: Database, { name, hasNumbers }: Table): Taken {
  const shape = db.all('SELECT name, pk FROM pragma_table_info(?)', name)
  const there = tried(() => damaged.prepare('SELECT name FROM pragma_table_info(?)').all(name)) ?? []
  const known = new Set(there.map((row) => row['name']))
  const columns = shape.map((row) => String(row['name'])).filter((column) => known.has(column))
  if (columns.length === 0) return { table: name, isListed: false, rows: 0, gaps: [null] }
  const key = shape.filter((row) => Number(row['pk']) > 0).map((row) => String(row['name']))
  const insert = `INSERT INTO "${name}" (${columns.map((column) => `"${column}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
  let rows = 0
  let refused = 0
  const gaps = tried(() =>
    readableRows(damaged, { name, columns, key: hasNumbers ? null : key }, (row) => {
      if (isOfOwner(name, row)) return
      const values = columns.map((column) => row[column] ?? null)
      const isOurs = tried(() => isSound(damaged, { table: name, columns, row })) === true
      const isTaken = isOurs && tried(() => db.run(insert, ...values)) !== null
      if (isTaken) rows += 1
      else refused += 1
    }),
  ) ?? [null]
  return { table: name, isListed: true, rows, gaps: refused === 0 ? gaps : [...gaps, refused] }
}

function without(gone: ReadonlyMap<string, number>, tables: readonly Taken[]): Taken[] {
  return tables.map((each) => {
    const lost = gone.get(each.table) ?? 0
    return lost === 0 ? each : { ...each, rows: each.rows - lost, gaps: [...each.gaps, lost] }
  })
}

/** What tasks depend on was put back, as far as all of these are there. */
function withoutPutBack(tables: readonly Taken[]): Taken[] {
  const areTasksThere = tables.some(({ table, gaps }) => table === 'tasks' && gaps.length === 0)
  return tables.map((each) => (each.table === 'dependencies' && areTasksThere ? { ...each, gaps: [] } : each))
}

function summedUp(tables: readonly Taken[], unlinked: ReadonlyMap<string, number>): Reading {
  const missing = tables.flatMap(({ table, gaps }): Missing[] => {
    const lost = unlinked.get(table) ?? 0
    if (gaps.length === 0 && lost === 0) return []
    const rows = gaps.reduce((sum: Gap, gap) => (sum === null || gap === null ? null : sum + gap), lost)
    return [{ table, rows }]
  })
  const rows = tables.reduce((sum, table) => sum + table.rows - (unlinked.get(table.table) ?? 0), 0)
  return { areListed: tables.every(({ isListed }) => isListed), rows, missing }
}

/** Null where damage is in the way; what is missing is counted by whoever asks. */
function tried<Result>(read: () => Result): Result | null {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof NoRoom) throw thrown
    return null
  }
}
