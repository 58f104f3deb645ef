import { OrchestratorError } from '../errors.ts'
import type { Database } from './database.ts'
import { addEvent } from './queries-events.ts'
import { LANDING_SQL, recordReturn } from './queries-landing.ts'
import { idAndKey, knownTask } from './queries-tasks.ts'
import type { ApproveRequest, RefuseRequest } from './people.ts'
import { number } from './rows.ts'
import { taskOf } from './task-rows.ts'

export const APPROVAL_SQL = {
  approve: `INSERT OR REPLACE INTO approvals (task_id, arrival, work, person, approved_at) VALUES (?, ?, ?, ?, ?)`,
} as const

/** What waits now may land. Work that is done anew arrives anew, and is approved anew. */
export function approveLanding(
  db: Database,
  { run, task: key, person, work, since }: ApproveRequest,
  at: number,
): true {
  const row = knownTask(db, run, key)
  const task = taskOf(db, row)
  if (!task.waitsForApproval) throw notWaiting(key, task.state.state)
  if (task.stateSince !== since) throw notSeen(key)
  db.run(APPROVAL_SQL.approve, number(row, 'id'), number(row, 'arrival'), work, person, at)
  addEvent(db, { run, kind: 'landing_approved', task: key, attempt: null, data: { person, work } }, at)
  return true
}

/** Goes back to its stages with what the person said, as a landing does that did not hold. */
export function refuseLanding(db: Database, asked: RefuseRequest, at: number): true {
  const { run, task: key, person, note, tests, base, afterAttempt, since } = asked
  const row = knownTask(db, run, key)
  const task = taskOf(db, row)
  if (!task.waitsForApproval || db.get(LANDING_SQL.intentOf, idAndKey(row).id) !== null)
    throw notWaiting(key, task.state.state)
  if (task.stateSince !== since) throw notSeen(key)
  const refusal = {
    code: 'person_refused' as const,
    fact: `${person} did not approve it: ${note}`,
    hint: tests ? 'Write the tests again as they ask.' : 'Change the work as they ask; its tests stay.',
    details: [],
  }
  const kind = tests ? ('tests_refused' as const) : ('person_refused' as const)
  recordReturn(db, [
    run,
    { task: key, generation: task.generation, afterAttempt, head: base, kind, refusal },
    null,
    at,
  ])
  return true
}

function notSeen(key: string): OrchestratorError {
  return new OrchestratorError('task_state', `other work of ${key} waits by now than what was looked at`, {
    hint: `Look at it: orchestrator task diff ${key}. Then ask again.`,
  })
}

function notWaiting(key: string, state: string): OrchestratorError {
  return new OrchestratorError(
    'task_state',
    `${key} does not wait for an approval: it is ${state.replaceAll('_', ' ')}`,
    {
      hint: 'What waits is shown by: orchestrator status. Landings wait where the run was started with --approve.',
    },
  )
}
