import type { Database } from './database.ts'
import { number } from './rows.ts'

const TOTAL_CHANGES = 'SELECT total_changes() AS total'

/** A search for something to claim that found nothing. The same one finds nothing as long as nothing is written. */
interface Fruitless {
  readonly run: string
  /** From then on a task may be claimed that could not be for its time. */
  readonly until: number
  readonly changes: number
  readonly undone: number
}

/** The last one: the owner works on one run, and alone writes its tasks. */
const LAST = new WeakMap<Database, Fruitless>()

/** All idle workers search when anything changes, and each would read every task that waits for what others hold. */
export function isFruitless(db: Database, run: string, at: number): boolean {
  const last = LAST.get(db)
  if (last === undefined) return false
  const stillHolds =
    last.run === run && at < last.until && last.undone === db.undone && last.changes === changesOf(db)
  if (!stillHolds) LAST.delete(db)
  return stillHolds
}

export function noteFruitless(db: Database, run: string, nextClaimAt: number | null): void {
  LAST.set(db, { run, until: nextClaimAt ?? Infinity, changes: changesOf(db), undone: db.undone })
}

/** Rows that this connection has written so far, what was undone among them. */
function changesOf(db: Database): number {
  return number(db.get(TOTAL_CHANGES) ?? {}, 'total')
}
