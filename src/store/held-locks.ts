import { lockOf } from '../domain/task-path.ts'
import type { Database } from './database.ts'
import { number, text } from './rows.ts'

export const LOCK_SQL = {
  ofRun: 'SELECT key, is_prefix, task_id FROM held_locks WHERE run = ?',
  hold: 'INSERT OR IGNORE INTO held_locks (run, key, is_prefix, task_id) VALUES (?, ?, ?, ?)',
  release: 'DELETE FROM held_locks WHERE task_id = ?',
} as const

type Lock = ReturnType<typeof lockOf>

export function locksAreFree(db: Database, run: string, entries: readonly string[]): boolean {
  const held = heldIn(db, run)
  return entries.every((entry) => held.isFree(lockOf(entry)))
}

export function holdLocks(
  db: Database,
  task: { readonly run: string; readonly id: number },
  entries: readonly string[],
): void {
  const held = heldIn(db, task.run)
  for (const lock of entries.map(lockOf)) {
    db.run(LOCK_SQL.hold, task.run, lock.key, lock.isPrefix ? 1 : 0, task.id)
    held.hold(task.id, lock)
  }
}

export function releaseLocks(db: Database, task: number): void {
  db.run(LOCK_SQL.release, task)
  REMEMBERED.get(db)?.held.release(task)
}

/** Entries that running and landing tasks of a run hold, in memory: a few for each of them. */
class HeldLocks {
  readonly run: string
  readonly #ofTask = new Map<number, Lock[]>()
  /** How many tasks hold it. */
  readonly #files = new Map<string, number>()
  readonly #directories = new Map<string, number>()

  constructor(run: string) {
    this.run = run
  }

  hold(task: number, lock: Lock): void {
    const own = this.#ofTask.get(task) ?? []
    if (own.some(({ key, isPrefix }) => key === lock.key && isPrefix === lock.isPrefix)) return
    this.#ofTask.set(task, [...own, lock])
    count(this.#holding(lock), lock.key, 1)
  }

  release(task: number): void {
    for (const lock of this.#ofTask.get(task) ?? []) count(this.#holding(lock), lock.key, -1)
    this.#ofTask.delete(task)
  }

  isFree({ key, isPrefix }: Lock): boolean {
    if (this.#files.has(key) || this.#directories.has(key)) return false
    if (this.#directories.size > 0 && ancestors(key).some((above) => this.#directories.has(above)))
      return false
    return !isPrefix || !this.#isAnyInside(key)
  }

  #isAnyInside(directory: string): boolean {
    const isInside = (key: string): boolean => directory === '' || key.startsWith(`${directory}/`)
    return [...this.#files.keys(), ...this.#directories.keys()].some(isInside)
  }

  #holding({ isPrefix }: Lock): Map<string, number> {
    return isPrefix ? this.#directories : this.#files
  }
}

function count(holding: Map<string, number>, key: string, by: number): void {
  const now = (holding.get(key) ?? 0) + by
  if (now > 0) holding.set(key, now)
  else holding.delete(key)
}

/** Every directory above, the repository itself included. */
function ancestors(key: string): string[] {
  const parts = key.split('/')
  return parts.map((_, index) => parts.slice(0, index).join('/'))
}

/** The run that was asked about last, and what was undone before it was read: an owner works on one, and alone writes it. */
const REMEMBERED = new WeakMap<Database, { readonly held: HeldLocks; readonly undone: number }>()

function heldIn(db: Database, run: string): HeldLocks {
  const known = REMEMBERED.get(db)
  if (known !== undefined && known.held.run === run && known.undone === db.undone) return known.held
  const held = new HeldLocks(run)
  for (const row of db.all(LOCK_SQL.ofRun, run)) {
    held.hold(number(row, 'task_id'), { key: text(row, 'key'), isPrefix: number(row, 'is_prefix') === 1 })
  }
  REMEMBERED.set(db, { held, undone: db.undone })
  return held
}
