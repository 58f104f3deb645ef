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
function takePlaces(db: Database, { id, tasks = [] }: Args<'createRun'>[0], at: number): string[] {
  const titles = new Map(tasks.map(({ key, title }) => [key, title]))
  if (titles.size === 0) return []
  const replaced = db
    .all(RUN_SQL.planned)
    .map((row) => text(row, 'id'))
    .filter((run) => isSame(titles, titlesOf(db, run)))
  for (const run of replaced) {
    for (const key of titles.keys()) cancel(db, [run, key, `the run ${id} took its place`, at])
  }
  return replaced
}

type Titles = ReadonlyMap<string, string>

/** The same keys alone may be another plan's: many begin with the same ones. A title that was mended does not make it another. */
function isSame(titles: Titles, others: Titles): boolean {
  const shared = [...others].filter(([key]) => titles.has(key))
  return (
    others.size === titles.size &&
    shared.length === titles.size &&
    shared.some(([key, title]) => titles.get(key) === title)
  )
}

function titlesOf(db: Database, run: string): Titles {
  return new Map(db.all(TASK_SQL.titles, run).map((row) => [text(row, 'key'), text(row, 'title')]))
}

/** A further plan of a run: its tasks and its text, both or neither. */
export function addTasks(db: Database, [run, { tasks, suites, planText }, at]: Args<'addTasks'>): void {
  insertTasks(db, run, { tasks, suites, at })
  db.run(PLAN_SQL.keep, run, planText, at)
}

export function readPlanTexts(db: Database, [run]: Args<'planTexts'>): Answer<'planTexts'> {
  return db.all(PLAN_SQL.ofRun, run).map((row) => text(row, 'text'))
}
