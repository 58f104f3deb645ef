import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Database } from './database.ts'
import { PAGE_BYTES } from './first-page.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS } from './migrations/all.ts'

/** A new store that may have its list of tables where a damaged one has it. */
interface Donor {
  readonly path: string
  /** Pages of that list, behind the first, that the damaged one does not have as they are here, and uses for nothing else. */
  readonly pages: readonly number[]
  /** The damaged one has all pages of that list behind the first: no other begins as it did. */
  readonly isSure: boolean
}

/** To try one reads the whole store. */
const MOST_DONORS = 3

/**
 * New stores of each schema, those first whose pages of that list stand in the damaged one as well: where a store has them
 * depends on the schema that it began with. Of each only these few pages are looked at.
 */
export function donorsFor(damaged: string, { work, at }: { work: string; at: number }): Donor[] {
  const likened = MIGRATIONS.map(({ version }) => liken(damaged, newStore({ work, at, version })))
  const ranked = likened
    .toReversed()
    .toSorted((one, other) => one.others - other.others || other.same - one.same)
  const sure = ranked.find(({ isSure }) => isSure)
  return sure === undefined ? ranked.slice(0, MOST_DONORS) : [sure]
}

/** Made once; of the newest schema where none is named. */
export function newStore(asked: {
  readonly work: string
  readonly at: number
  readonly version?: number
}): string {
  const { work, at, version = MIGRATIONS.length } = asked
  const path = join(work, `new-${version}.db`)
  if (existsSync(path)) return path
  const db = new Database(path)
  migrate(db, { at, migrations: MIGRATIONS.slice(0, version) })
  db.close()
  return path
}

interface Likened extends Donor {
  /** How many pages are as they are in the donor, and how many hold something else. */
  readonly same: number
  readonly others: number
}

function liken(damaged: string, path: string): Likened {
  const list = listOfTables(path)
  const [file, donor] = [openSync(damaged, 'r'), openSync(path, 'r')]
  try {
    const pagesOfFile = Math.ceil(fstatSync(file).size / PAGE_BYTES)
    const pairs = list.map((number) => ({
      number,
      ours: pageAt(donor, number),
      theirs: pageAt(file, number),
    }))
    const unlike = pairs.filter(({ ours, theirs }) => !ours.equals(theirs))
    const pages = unlike.filter(({ ours, theirs }) => {
      const use = useOf(theirs, pagesOfFile)
      return use === null || use === useOf(ours, pagesOfFile)
    })
    return {
      path,
      pages: pages.map(({ number }) => number),
      isSure: list.length > 0 && unlike.length === 0,
      same: pairs.length - unlike.length,
      others: unlike.length - pages.length,
    }
  } finally {
    closeSync(donor)
    closeSync(file)
  }
}

/** The pages behind the first. A store that one schema made has them where a new one has them, whatever was written since. */
function listOfTables(path: string): number[] {
  using db = new DatabaseSync(path, { readOnly: true })
  const rows = db.prepare(`SELECT pageno FROM dbstat WHERE name = 'sqlite_schema' AND pageno > 1`).all()
  return rows.map((row) => Number(row['pageno']))
}

function pageAt(file: number, number: number): Buffer {
  const page = Buffer.alloc(PAGE_BYTES)
  readSync(file, page, 0, PAGE_BYTES, (number - 1) * PAGE_BYTES)
  return page
}

/** First bytes of pages of rows and indexes (SQLite file format, 1.6). */
const TREES = [2, 5, 10, 13]

/**
 * What a page is used for, as far as it shows; null for one that is destroyed or empty. The rest of a long row begins with the
 * number of the page where that goes on.
 */
function useOf(page: Buffer, pages: number): 'list' | 'tree' | 'rest' | null {
  if (TREES.includes(page.readUInt8())) return page.includes('CREATE ') ? 'list' : 'tree'
  const isEmpty = page.every((byte) => byte === 0)
  return !isEmpty && page.readUInt32BE() <= pages ? 'rest' : null
}
