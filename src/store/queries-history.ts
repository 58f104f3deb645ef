import { attemptOf, returnOf } from './attempt-rows.ts'
import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { tierOf } from './queries-models.ts'

export const HISTORY_SQL = {
  attempts: `SELECT a.*, t.key AS key FROM tasks t JOIN attempts a ON a.task_id = t.id
    WHERE t.run = ? AND t.key = ? ORDER BY a.generation, a.number`,
  returns: `SELECT r.*, t.key AS key FROM tasks t JOIN landing_returns r ON r.task_id = t.id
    WHERE t.run = ? AND t.key = ? ORDER BY r.id`,
} as const

export function readHistory(db: Database, [run, key]: Args<'history'>): Answer<'history'> {
  return {
    attempts: db.all(HISTORY_SQL.attempts, run, key).map((row) => ({ ...attemptOf(row), tier: tierOf(row) })),
    returns: db.all(HISTORY_SQL.returns, run, key).map(returnOf),
  }
}
