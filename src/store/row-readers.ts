import { attemptOf, returnOf } from './attempt-rows.ts'
import type { Database, Row } from './database.ts'
import { circuitEventOf } from './queries-circuits.ts'
import { eventOf } from './queries-events.ts'
import { modelOf } from './queries-models.ts'
import { notificationOf } from './queries-notifications.ts'
import { promptOf, templatesOf } from './queries-prompts.ts'
import { answerFrom } from './queries-requests.ts'
import { resourcesOf } from './queries-resources.ts'
import { runOf } from './queries-runs.ts'
import { workerOf } from './queries-workers.ts'
import { circuitOf, idOf, rulesFrom } from './run-circuits.ts'
import { json, jsonObject, unexpected } from './rows.ts'
import { holdFrom, taskOf } from './task-rows.ts'

/** Throws where the program could not read the row. */
type RowReader = (row: Row, db: Database) => unknown

/**
 * The readers that the program uses, of each table in which more stands than texts and numbers, for which SQLite itself vouches.
 * What others read along comes first: whoever takes rows out spares those that were only read with them.
 */
export const ROW_READERS: Readonly<Record<string, RowReader>> = {
  runs: (row) => [runOf(row), rulesFrom(row)],
  run_prompts: templatesOf,
  person_holds: holdFrom,
  tasks: (row, db) => taskOf(db, row),
  attempts: (row) => [attemptOf(ofTask(row)), modelOf(row), sameKind(row)],
  attempt_resources: resourcesOf,
  attempt_prompts: promptOf,
  landing_returns: (row) => returnOf(ofTask(row)),
  circuits: (row) => [idOf(row), circuitOf(row)],
  circuit_events: circuitEventOf,
  events: eventOf,
  requests: (row) => [jsonObject(row, 'body'), row['answer'] === null || answerFrom(row)],
  workers: workerOf,
  notifications: notificationOf,
  notification_subjects: (row) => jsonObject(row, 'memory'),
  evidence: (row) => json(row, 'value'),
}

/** The program reads such rows together with the key of their task. */
function ofTask(row: Row): Row {
  return { ...row, key: '' }
}

/** Queries go by the column, the program by the outcome. */
function sameKind(row: Row): void {
  const { kind } = jsonObject(row, 'outcome')
  if (kind !== row['kind']) throw unexpected('kind', `the kind of the outcome, ${String(kind)},`, row['kind'])
}
