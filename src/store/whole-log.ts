import { systemClock } from '../runtime/clock.ts'
import { Database } from './database.ts'
import { type LogDamage, logDamage } from './log-damage.ts'
import { mayWrite } from './may-write.ts'
import { readOwner } from './queries-owner.ts'
import { Damaged } from './sqlite-errors.ts'
import { lookAt } from './store-file.ts'

/**
 * Throws `store_corrupt` where the log of a store that nobody writes is damaged: whoever writes next would write over what is
 * behind the damage. One that is written meanwhile does not look whole.
 */
export function requireWholeLog(path: string): void {
  if (sizeOf(path, '-wal') === 0) return
  const db = new Database(path, { readOnly: true })
  try {
    const damage = lasting(() => (isWritten(db) ? null : logDamage(path)))
    if (damage !== null) throw new Damaged(path, damage.what)
  } finally {
    db.close()
  }
}

/** Before the first page of a store was written, a kill leaves what undoes it: only who may write reads such a file. */
export function undoUnfinished(path: string): void {
  if (sizeOf(path, '-journal') === 0) return
  const db = new Database(path)
  db.get('SELECT count(*) FROM sqlite_schema')
  db.close()
}

/** How often a log is looked at that is another one each time: then it is begun anew all the time, which only a whole one is. */
const MOST_LOOKS = 10

/**
 * What is found in the same place twice. Who only hands something in owns nothing: meanwhile it may write a frame, and more
 * behind it, or begin the log anew.
 */
function lasting(look: () => LogDamage | null): LogDamage | null {
  let before = look()
  for (let looks = 1; before !== null && looks < MOST_LOOKS; looks += 1) {
    const now = look()
    if (now === null || now.place === before.place) return now
    before = now
  }
  return null
}

function isWritten(db: Database): boolean {
  try {
    return mayWrite(readOwner(db), systemClock.now())
  } catch {
    // The owner may stand in what cannot be read.
    return false
  }
}

/** Of the store, or of a file beside it. */
function sizeOf(store: string, ending = ''): number {
  return lookAt(store + ending, store)?.size ?? 0
}
