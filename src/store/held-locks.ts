import { lockOf } from '../domain/task-path.ts'
import type { Database } from './database.ts'

/** Entries that running and landing tasks hold. Looked up by key, by ancestors and by range: never by a scan. */
export const LOCK_SQL = {
  same: 'SELECT 1 FROM held_locks WHERE run = ? AND key = ? LIMIT 1',
  ancestor: 'SELECT 1 FROM held_locks WHERE run = ? AND key = ? AND is_prefix = 1 LIMIT 1',
  inside: 'SELECT 1 FROM held_locks WHERE run = ? AND key >= ? AND key < ? LIMIT 1',
  any: 'SELECT 1 FROM held_locks WHERE run = ? LIMIT 1',
  hold: 'INSERT OR IGNORE INTO held_locks (run, key, is_prefix, task_id) VALUES (?, ?, ?, ?)',
  release: 'DELETE FROM held_locks WHERE task_id = ?',
} as const

export function locksAreFree(db: Database, run: string, entries: readonly string[]): boolean {
  return entries.map(lockOf).every((lock) => isFree(db, run, lock))
}

export function holdLocks(
  db: Database,
  task: { readonly run: string; readonly id: number },
  entries: readonly string[],
): void {
  for (const { key, isPrefix } of entries.map(lockOf)) {
    db.run(LOCK_SQL.hold, task.run, key, isPrefix ? 1 : 0, task.id)
  }
}

export function releaseLocks(db: Database, task: number): void {
  db.run(LOCK_SQL.release, task)
}

function isFree(db: Database, run: string, { key, isPrefix }: ReturnType<typeof lockOf>): boolean {
  if (isPrefix && key === '') return db.get(LOCK_SQL.any, run) === null
  if (db.get(LOCK_SQL.same, run, key) !== null) return false
  if (ancestors(key).some((ancestor) => db.get(LOCK_SQL.ancestor, run, ancestor) !== null)) return false
  // '0' follows '/': the range is everything below the directory.
  return !isPrefix || db.get(LOCK_SQL.inside, run, `${key}/`, `${key}0`) === null
}

/** Every directory above, the repository itself included. */
function ancestors(key: string): string[] {
  const parts = key.split('/')
  return parts.map((_, index) => parts.slice(0, index).join('/'))
}
