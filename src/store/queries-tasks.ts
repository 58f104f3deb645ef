import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { addEvent } from './queries-events.ts'
import { orderTasks } from './queries-schedule.ts'
import { ended, knownRun, RUN_SQL } from './queries-runs.ts'
import { number, text } from './rows.ts'
import { hasEnded, type Run } from './store.ts'
import { taskOf } from './task-rows.ts'

export const TASK_SQL = {
  insert: `INSERT INTO tasks (run, key, definition, priority, kind, complexity, state, state_since, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?)`,
  depend: 'INSERT OR IGNORE INTO dependencies (task_id, depends_on) VALUES (?, ?)',
  idOf: 'SELECT id FROM tasks WHERE run = ? AND key = ?',
  count: `UPDATE tasks SET
    unmet = (SELECT count(*) FROM dependencies x JOIN tasks d ON d.id = x.depends_on WHERE x.task_id = tasks.id AND d.state <> 'completed')
    WHERE id = ? RETURNING unmet`,
  open: `UPDATE tasks SET state = 'available' WHERE id = ?`,
  countBlockers: `UPDATE tasks SET
    blockers = (SELECT count(*) FROM dependencies x JOIN tasks d ON d.id = x.depends_on
      WHERE x.task_id = tasks.id AND d.state IN ('failed', 'cancelled', 'needs_human', 'blocked'))
    WHERE id = ? RETURNING blockers`,
  close: `UPDATE tasks SET state = 'blocked' WHERE id = ?`,
  keys: 'SELECT key FROM tasks WHERE run = ?',
  byRun: 'SELECT * FROM tasks WHERE run = ? ORDER BY id',
  byKey: 'SELECT * FROM tasks WHERE run = ? AND key = ?',
} as const

/** Tasks are inserted first and counted afterwards: the order in which a plan names them does not matter. */
export function insertTasks(
  db: Database,
  runId: string,
  added: {
    readonly tasks: readonly TaskDefinition[]
    readonly suites: readonly Suite[]
    readonly at: number
  },
): void {
  const { tasks, suites, at } = added
  const run = knownRun(db, runId)
  if (hasEnded(run.state)) throw ended(run)
  addSuites(db, run, suites)
  const ids = new Map(tasks.map((task) => [task.key, insertTask(db, runId, { task, at })]))
  for (const task of tasks) addDependencies(db, runId, { task, ids })
  let available = 0
  for (const id of ids.values()) available += openTask(db, id)
  blockAdded(db, tasks, ids)
  // One that does not go on yet is ordered when it starts.
  if (run.state === 'running') orderTasks(db, runId)
  const data = { count: tasks.length, available }
  addEvent(db, { run: runId, kind: 'tasks_added', task: null, attempt: null, data }, at)
}

export function readTasks(db: Database, [run]: Args<'tasks'>): Answer<'tasks'> {
  return db.all(TASK_SQL.byRun, run).map((row) => taskOf(db, row))
}

export function readTask(db: Database, [run, key]: Args<'task'>): Answer<'task'> {
  const row = taskRow(db, run, key)
  return row === null ? null : taskOf(db, row)
}

function taskRow(db: Database, run: string, key: string): Row | null {
  return db.get(TASK_SQL.byKey, run, key)
}

export function idOfTask(db: Database, run: string, key: string): number {
  const row = db.get(TASK_SQL.idOf, run, key)
  return number(row ?? knownTask(db, run, key), 'id')
}

export function knownTask(db: Database, run: string, key: string): Row {
  const row = taskRow(db, run, key)
  if (row !== null) return row
  throw new OrchestratorError('task_unknown', `The run ${run} has no task ${key}.`, {
    hint: 'Its tasks are listed by `tdd-orchestrator task list`.',
  })
}

function addSuites(db: Database, run: Run, suites: readonly Suite[]): void {
  const known = new Map(run.suites.map((suite) => [suite.name, suite]))
  for (const suite of suites) {
    const same = known.get(suite.name)
    if (same !== undefined && JSON.stringify(same) !== JSON.stringify(suite)) {
      throw new OrchestratorError(
        'plan_invalid',
        `The suite ${suite.name} differs from the one that the run ${run.id} started with.`,
        {
          hint: 'Where the suite was corrected, make a run of its own of the plan, when no run goes on: orchestrator ingest PLAN --new. Where it is another suite, give it a name of its own.',
        },
      )
    }
    known.set(suite.name, suite)
  }
  if (known.size > run.suites.length) db.run(RUN_SQL.setSuites, JSON.stringify([...known.values()]), run.id)
}

function insertTask(db: Database, run: string, { task, at }: { task: TaskDefinition; at: number }): number {
  if (db.get(TASK_SQL.idOf, run, task.key) !== null) {
    throw new OrchestratorError('plan_invalid', `The run ${run} has a task ${task.key} already.`, {
      hint: 'Give the new task another key, or make a run of its own of the plan, when no run goes on: orchestrator ingest PLAN --new',
    })
  }
  const { key, priority, kind, complexity } = task
  return db.insert(TASK_SQL.insert, run, key, JSON.stringify(task), priority, kind, complexity, at, at)
}

function addDependencies(
  db: Database,
  run: string,
  { task, ids }: { task: TaskDefinition; ids: ReadonlyMap<string, number> },
): void {
  const id = ids.get(task.key)
  for (const key of task.dependsOn) {
    const known = db.get(TASK_SQL.idOf, run, key)
    if (known === null || id === undefined) {
      throw new OrchestratorError(
        'plan_invalid',
        `The task ${task.key} depends on ${key}, which the run does not have.`,
        {
          hint: 'Add that task too, or take it out of dependsOn.',
        },
      )
    }
    db.run(TASK_SQL.depend, id, number(known, 'id'))
  }
}

/** Answers 1 when the task waits for nothing. */
function openTask(db: Database, id: number): number {
  const row = db.all(TASK_SQL.count, id)[0]
  if (row === undefined || number(row, 'unmet') > 0) return 0
  db.run(TASK_SQL.open, id)
  return 1
}

/** New tasks below failed, cancelled or waiting ones start blocked. Breadth first over the added tasks only. */
function blockAdded(db: Database, tasks: readonly TaskDefinition[], ids: ReadonlyMap<string, number>): void {
  const dependants = new Map<string, string[]>()
  for (const task of tasks) {
    for (const key of task.dependsOn) dependants.set(key, [...(dependants.get(key) ?? []), task.key])
  }
  const blocked = new Set<string>()
  const open = tasks.filter((task) => task.dependsOn.some((key) => !ids.has(key))).map((task) => task.key)
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const id = ids.get(key)
    const row = id === undefined ? undefined : db.all(TASK_SQL.countBlockers, id)[0]
    if (id === undefined || row === undefined || number(row, 'blockers') === 0) continue
    if (blocked.has(key)) continue
    blocked.add(key)
    db.run(TASK_SQL.close, id)
    open.push(...(dependants.get(key) ?? []))
  }
}

export function idAndKey(row: Row): { readonly id: number; readonly key: string } {
  return { id: number(row, 'id'), key: text(row, 'key') }
}
