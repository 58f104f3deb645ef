import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Database } from './database.ts'
import { bytesOf, giveFirstPage, givePages, giveWholeSize, PAGE_BYTES } from './first-page.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS } from './migrations/all.ts'
import { NEWEST_VERSION } from './migrations/newest.ts'
import { versionIn } from './prepared.ts'
import { OWNER_COUNTERS } from './queries-owner.ts'
import { type Gap, type ReadRow, readableRows } from './readable-rows.ts'
import { donorsFor, newStore } from './salvage-donors.ts'
import { mendLinks, type Sequence } from './salvaged-links.ts'
import { mendWaits } from './salvaged-waits.ts'
import { giveKnownTexts } from './salvaged-texts.ts'
import { isSound } from './sound-rows.ts'
import { hasNoRoom, NoRoom } from './sqlite-errors.ts'
import { createFile } from './store-file.ts'
import { removeUnreadable } from './unreadable-rows.ts'
import { hasCode } from '../runtime/has-code.ts'

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

/**
 * Saves what can be read of a damaged store, row by row, in a new store beside it; once for each state that it is in. The
 * damaged files are only read. Null where nothing of a store could be read.
 */
export function salvage(path: string, at: number): Salvage | null {
  const kept = `${path}.salvaged-${markOf(path)}`
  if (existsSync(kept)) return { path: kept, read: null }
  const work = mkdtempSync(`${path}.salvaging-`)
  try {
    const best = bestReading({ path, work, at })
    if (best === null) return null
    renameSync(best.into, kept)
    return { path: kept, read: best.read }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The same for the same bytes of database and log. */
function markOf(path: string): string {
  const hash = createHash('sha256')
  for (const file of [path, `${path}-wal`]) for (const part of bytesOf(file)) hash.update(part)
  return hash.digest('hex').slice(0, 8)
}

interface Damage {
  readonly path: string
  readonly work: string
  readonly at: number
}

interface Kept {
  readonly into: string
  readonly read: Reading
}

/** Null where no trial read anything. Where there is no room for another one, what one before it has read is saved. */
function bestReading(damage: Damage): Kept | null {
  let best: Kept | null = null
  try {
    for (const donation of donations(damage)) {
      const into = join(damage.work, `${donation.name}.db`)
      const read = attempt(damage, donation, into)
      if (read.rows > (best?.read.rows ?? 0)) best = { into, read }
      if (read.areListed && (donation.isSure || read.missing.length === 0)) break
    }
  } catch (thrown) {
    if (best === null || !isForRoom(thrown)) throw thrown
  }
  return best
}

/** SQLite says so, or the system where a file is copied. */
function isForRoom(thrown: unknown): boolean {
  return thrown instanceof NoRoom || hasCode(thrown, 'ENOSPC')
}

/** What is taken from a new store, and put in the place of what is damaged. */
interface Donation {
  readonly name: string
  readonly from: string
  /** From the beginning. */
  readonly bytes: number
  readonly pages: readonly number[]
  /** Where all tables are listed with it, they are those of the damaged store. */
  readonly isSure: boolean
}

const HEAD_BYTES = 100

/**
 * Nothing first, and then the head; then the first page, where the list of tables begins, and the rest of that list. Each
 * trial reads the whole store: what comes later is made only where tables were not listed before.
 */
function* donations({ path, work, at }: Damage): Generator<Donation> {
  yield { name: 'as-it-is', from: '', bytes: 0, pages: [], isSure: true }
  yield { name: 'head', from: newStore({ work, at }), bytes: HEAD_BYTES, pages: [], isSure: true }
  for (const { path: from, pages, isSure } of donorsFor(path, { work, at })) {
    const name = basename(from, '.db')
    yield { name: `${name}-first`, from, bytes: PAGE_BYTES, pages: [], isSure }
    if (pages.length > 0) yield { name: `${name}-list`, from, bytes: PAGE_BYTES, pages, isSure }
  }
}

const NOTHING: Reading = { areListed: false, rows: 0, missing: [] }

function attempt({ path, at }: Damage, { from, bytes, pages }: Donation, into: string): Reading {
  const copy = `${into}.copy`
  try {
    copyFileSync(path, copy)
    giveWholeSize(copy)
    const hasLog = existsSync(`${path}-wal`)
    if (hasLog) copyFileSync(`${path}-wal`, `${copy}-wal`)
    if (bytes > 0) giveFirstPage(copy, { from, bytes, hasLog })
    if (pages.length > 0) givePages(copy, { from, pages })
    return readCopy(copy, { into, at })
  } finally {
    for (const file of [copy, `${copy}-wal`, `${copy}-shm`]) rmSync(file, { force: true })
  }
}

interface Target {
  readonly into: string
  readonly at: number
}

function readCopy(copy: string, target: Target): Reading {
  // What cannot be put back may still be read.
  tried(() => giveKnownTexts(copy))
  try {
    using damaged = new DatabaseSync(copy)
    // A list of tables that is damaged itself is read as far as it goes.
    damaged.exec('PRAGMA writable_schema = ON; PRAGMA cell_size_check = ON')
    return transfer(damaged, target)
  } catch (thrown) {
    if (thrown instanceof NoRoom) throw thrown
    // To read a log SQLite makes a file beside it.
    if (hasNoRoom(copy)) throw new NoRoom(copy, thrown)
    // Not even opened: another trial may go further.
    return NOTHING
  }
}

function transfer(damaged: DatabaseSync, { into, at }: Target): Reading {
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
  const version = versionIn(damaged) ?? 0
  return version >= 1 && version <= NEWEST_VERSION ? version : NEWEST_VERSION
}

function sequencesOf(damaged: DatabaseSync): Sequence[] {
  const rows = tried(() => {
    const read = damaged.prepare('SELECT name, seq FROM sqlite_sequence')
    read.setReadBigInts(true)
    return read.all()
  })
  return (rows ?? []).map((row) => ({ name: row['name'], last: row['seq'] }))
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
