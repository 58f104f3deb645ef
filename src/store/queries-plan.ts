import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { insertRun } from './queries-runs.ts'
import { insertTasks } from './queries-tasks.ts'
import { text } from './rows.ts'

export const PLAN_SQL = {
  keep: 'INSERT INTO plans (run, text, at) VALUES (?, ?, ?)',
  ofRun: 'SELECT text FROM plans WHERE run = ? ORDER BY id',
} as const

/** A run, the plans it is made of, and the tasks it begins with: all or nothing. */
export function createRun(db: Database, [run, at]: Args<'createRun'>): void {
  insertRun(db, run, at)
  for (const plan of run.planTexts) db.run(PLAN_SQL.keep, run.id, plan, at)
  if (run.tasks !== undefined) insertTasks(db, run.id, { tasks: run.tasks, suites: run.suites, at })
}

/** A further plan of a run: its tasks and its text, both or neither. */
export function addTasks(db: Database, [run, { tasks, suites, planText }, at]: Args<'addTasks'>): void {
  insertTasks(db, run, { tasks, suites, at })
  db.run(PLAN_SQL.keep, run, planText, at)
}

export function readPlanTexts(db: Database, [run]: Args<'planTexts'>): Answer<'planTexts'> {
  return db.all(PLAN_SQL.ofRun, run).map((row) => text(row, 'text'))
}
