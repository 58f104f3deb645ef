import { unblockDependants } from './cascades.ts'
import type { Database, Row } from './database.ts'
import { addEvent } from './queries-events.ts'
import { idAndKey } from './queries-tasks.ts'
import { text } from './rows.ts'

const RECOUNT = `UPDATE tasks SET unmet = told.unmet, blockers = told.blockers FROM (
    SELECT t.id, count(*) FILTER (WHERE d.state <> 'completed') AS unmet,
      count(*) FILTER (WHERE d.state IN ('failed', 'cancelled', 'needs_human', 'blocked')) AS blockers
    FROM tasks t LEFT JOIN dependencies x ON x.task_id = t.id LEFT JOIN tasks d ON d.id = x.depends_on GROUP BY t.id
  ) told WHERE told.id = tasks.id AND (told.unmet <> tasks.unmet OR told.blockers <> tasks.blockers)`
const OPEN = `UPDATE tasks SET state = 'available', state_since = ?
  WHERE state = 'pending' AND unmet = 0 AND blockers = 0 RETURNING run, key`
const UNBLOCK = `UPDATE tasks SET state = iif(unmet = 0, 'available', 'pending'), state_since = ?
  WHERE state = 'blocked' AND blockers = 0 RETURNING id, run, key, state`

/** A task that is missing comes to no end: what waited for it, or was blocked by it, does so no longer. */
export function mendWaits(db: Database, at: number): void {
  db.run(RECOUNT)
  for (const row of db.all(OPEN, at)) tell(db, { row, kind: 'task_available', data: {} }, at)
  for (const row of db.all(UNBLOCK, at)) {
    tell(db, { row, kind: 'task_unblocked', data: { state: text(row, 'state') } }, at)
    unblockDependants(db, idAndKey(row), at)
  }
}

interface Change {
  readonly row: Row
  readonly kind: 'task_available' | 'task_unblocked'
  readonly data: Readonly<Record<string, string>>
}

function tell(db: Database, { row, kind, data }: Change, at: number): void {
  addEvent(db, { run: text(row, 'run'), kind, task: text(row, 'key'), attempt: null, data }, at)
}
