import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { cancel } from './queries-people.ts'
import { insertRun, RUN_SQL } from './queries-runs.ts'
import { insertTasks, TASK_SQL } from './queries-tasks.ts'
import { text } from './rows.ts'

export const PLAN_SQL = {
  keep: 'INSERT INTO plans (run, text, at) VALUES (?, ?, ?)',
  ofRun: 'SELECT text FROM plans WHERE run = ? ORDER BY id',
} as const

/** A run, the plans it is made of, and the tasks it begins with: all or nothing. */
export function createRun(db: Database, [run, at]: Args<'createRun'>): Answer<'createRun'> {
  const replaced = takePlaces(db, run, at)
  insertRun(db, run, at)
  for (const plan of run.planTexts) db.run(PLAN_SQL.keep, run.id, plan, at)
  if (run.tasks !== undefined) insertTasks(db, run.id, { tasks: run.tasks, suites: run.suites, at })
  return replaced
}

/** A plan that is handed in anew would otherwise leave a run behind that nobody means to start. */
function takePlaces(db: Database, run: Args<'createRun'>[0], at: number): string[] {
  const keys = new Set((run.tasks ?? []).map(({ key }) => key))
  if (keys.size === 0) return []
  const replaced = db
    .all(RUN_SQL.planned, run.title)
    .map((row) => text(row, 'id'))
    .filter((planned) => isSame(keys, keysOf(db, planned)))
  for (const planned of replaced) {
    for (const key of keys) cancel(db, [planned, key, `the run ${run.id} took its place`, at])
  }
  return replaced
}

function isSame(keys: ReadonlySet<string>, others: readonly string[]): boolean {
  return others.length === keys.size && others.every((key) => keys.has(key))
}

function keysOf(db: Database, run: string): string[] {
  return db.all(TASK_SQL.keys, run).map((row) => text(row, 'key'))
}

/** A further plan of a run: its tasks and its text, both or neither. */
export function addTasks(db: Database, [run, { tasks, suites, planText }, at]: Args<'addTasks'>): void {
  insertTasks(db, run, { tasks, suites, at })
  db.run(PLAN_SQL.keep, run, planText, at)
}

export function readPlanTexts(db: Database, [run]: Args<'planTexts'>): Answer<'planTexts'> {
  return db.all(PLAN_SQL.ofRun, run).map((row) => text(row, 'text'))
}
