import { CHANGED } from './changed.ts'
import type { Database, Row } from './database.ts'
import { addEvent } from './queries-events.ts'
import { number, text } from './rows.ts'

const OPENS = `state = 'pending' AND unmet = 1 AND blockers = 0`
const DEPENDANTS = '(SELECT task_id FROM dependencies WHERE depends_on = ?)'

export const CASCADE_SQL = {
  oneMet: `UPDATE tasks SET unmet = unmet - 1, ${CHANGED},
    state = iif(${OPENS}, 'available', state), state_since = iif(${OPENS}, ?, state_since)
    WHERE id IN ${DEPENDANTS} RETURNING run, key, state`,
  oneUnmet: `UPDATE tasks SET unmet = unmet + 1 WHERE id IN ${DEPENDANTS}`,
  relock: `UPDATE tasks SET state = 'pending', state_since = ? WHERE id IN ${DEPENDANTS} AND state = 'available'`,
  oneBlocker: `UPDATE tasks SET blockers = blockers + 1 WHERE id IN ${DEPENDANTS}`,
  block: `UPDATE tasks SET state = 'blocked', state_since = ? WHERE id IN ${DEPENDANTS}
    AND state IN ('pending', 'available', 'retryable') RETURNING id, run, key`,
  oneBlockerLess: `UPDATE tasks SET blockers = blockers - 1 WHERE id IN ${DEPENDANTS}`,
  unblock: `UPDATE tasks SET state = iif(unmet = 0, 'available', 'pending'), state_since = ? WHERE id IN ${DEPENDANTS}
    AND state = 'blocked' AND blockers = 0 RETURNING id, run, key, state`,
} as const

/** The task was completed: dependants that wait for nothing else become available. */
export function unlockDependants(db: Database, task: number, at: number): void {
  for (const row of db.all(CASCADE_SQL.oneMet, at, task)) {
    if (row['state'] !== 'available') continue
    addEvent(
      db,
      { run: text(row, 'run'), kind: 'task_available', task: text(row, 'key'), attempt: null, data: {} },
      at,
    )
  }
}

/** The task is no longer completed. */
export function relockDependants(db: Database, task: number, at: number): void {
  db.run(CASCADE_SQL.oneUnmet, task)
  db.run(CASCADE_SQL.relock, at, task)
}

/** The task came into a state that blocks: so do its dependants, theirs, and so on. Each edge is looked at once. */
export function blockDependants(
  db: Database,
  task: { readonly id: number; readonly key: string },
  at: number,
): void {
  spread(task, ({ id, key }) => {
    db.run(CASCADE_SQL.oneBlocker, id)
    return db.all(CASCADE_SQL.block, at, id).map((row) => {
      addEvent(
        db,
        {
          run: text(row, 'run'),
          kind: 'task_blocked',
          task: text(row, 'key'),
          attempt: null,
          data: { by: [key] },
        },
        at,
      )
      return row
    })
  })
}

/** The task left a state that blocks: dependants that nothing else blocks go back to where they would be. */
export function unblockDependants(
  db: Database,
  task: { readonly id: number; readonly key: string },
  at: number,
): void {
  spread(task, ({ id }) => {
    db.run(CASCADE_SQL.oneBlockerLess, id)
    return db.all(CASCADE_SQL.unblock, at, id).map((row) => {
      const data = { state: text(row, 'state') }
      addEvent(
        db,
        { run: text(row, 'run'), kind: 'task_unblocked', task: text(row, 'key'), attempt: null, data },
        at,
      )
      return row
    })
  })
}

interface Place {
  readonly id: number
  readonly key: string
}

/** Bounded by the number of tasks: a row comes back from `visit` only when its state just changed. */
function spread(start: Place, visit: (place: Place) => Row[]): void {
  const open: Place[] = [start]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const row of visit(next)) open.push({ id: number(row, 'id'), key: text(row, 'key') })
  }
}
