import type { Database } from './database.ts'
import type { Args } from './operation.ts'
import { insertRun } from './queries-runs.ts'
import { addTasks } from './queries-tasks.ts'

/** A run and the tasks it begins with: both or neither. */
export function createRun(db: Database, [run, at]: Args<'createRun'>): void {
  insertRun(db, run, at)
  if (run.tasks !== undefined) addTasks(db, [run.id, run.tasks, run.suites, at])
}
