import { STAGES } from '../domain/stage.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { addEvent } from './queries-events.ts'
import { number, oneOf, text, textOrNull } from './rows.ts'
import type { WorkerNote } from './store.ts'

export const WORKER_SQL = {
  note: `INSERT INTO workers (run, worker, state, task, stage, since, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, worker) DO UPDATE SET state = excluded.state, task = excluded.task, stage = excluded.stage, since = excluded.since`,
  register: `INSERT INTO workers (run, worker, state, since, updated_at) VALUES (?, ?, 'idle', ?, ?) ON CONFLICT DO NOTHING`,
  wasReplaced: `SELECT 1 FROM events WHERE run = ? AND kind = 'worker_replaced' AND data ->> 'worker' = ? AND data ->> 'by' = ? LIMIT 1`,
  byRun: 'SELECT * FROM workers WHERE run = ? ORDER BY worker',
} as const

export function noteWorker(db: Database, [worker, at]: Args<'noteWorker'>): void {
  db.run(
    WORKER_SQL.note,
    worker.run,
    worker.worker,
    worker.state,
    worker.task,
    worker.stage,
    worker.since,
    at,
  )
}

/** A run that is resumed comes upon the same worker again, used up as it was: that is no news. */
export function retireWorker(db: Database, [{ run, worker, by }, at]: Args<'retireWorker'>): void {
  noteWorker(db, [{ run, worker, state: 'stopped', task: null, stage: null, since: at }, at])
  if (by === null || db.get(WORKER_SQL.wasReplaced, run, worker, by) !== null) return
  addEvent(db, { run, kind: 'worker_replaced', task: null, attempt: null, data: { worker, by } }, at)
}

/** A worker that the engine does not run. One that is known already stays as it is. */
export function registerWorker(
  db: Database,
  { run, worker }: { readonly run: string; readonly worker: string },
  at: number,
): void {
  db.run(WORKER_SQL.register, run, worker, at, at)
}

export function readWorkers(db: Database, [run]: Args<'workers'>): Answer<'workers'> {
  return db.all(WORKER_SQL.byRun, run).map(workerOf)
}

export const WORKER_STATES = ['idle', 'working', 'stopped'] as const

export function workerOf(row: Row): WorkerNote {
  return {
    run: text(row, 'run'),
    worker: text(row, 'worker'),
    state: oneOf(row, 'state', WORKER_STATES),
    task: textOrNull(row, 'task'),
    stage: row['stage'] === null ? null : oneOf(row, 'stage', STAGES),
    since: number(row, 'since'),
  }
}
