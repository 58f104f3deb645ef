import type { TaskDefinition } from '../domain/plan.ts'
import { TASK_STATES, type TaskState } from '../domain/task.ts'
import { REFUSAL_CODES, type Refusal } from '../domain/verdict.ts'
import type { Database, Row } from './database.ts'
import {
  isRecord,
  json,
  jsonObject,
  number,
  numberOrNull,
  oneOf,
  text,
  textOrNull,
  unexpected,
} from './rows.ts'
import type { Task } from './store.ts'

export const TASK_ROW_SQL = {
  blockersOf: `SELECT d.key AS key FROM dependencies x JOIN tasks d ON d.id = x.depends_on
    WHERE x.task_id = ? AND d.state IN ('failed', 'cancelled', 'needs_human', 'blocked') ORDER BY d.key`,
} as const

export function taskOf(db: Database, row: Row): Task {
  const definition = jsonObject(row, 'definition')
  if (definition['key'] !== row['key']) {
    throw unexpected('definition', `the task ${text(row, 'key')}`, row['definition'])
  }
  return {
    definition: definition as unknown as TaskDefinition,
    state: stateOf(db, row),
    generation: number(row, 'generation'),
    acceptedSince: number(row, 'accepted_since'),
    note: textOrNull(row, 'note'),
    claimedBy: textOrNull(row, 'claimed_by'),
    stateSince: number(row, 'state_since'),
  }
}

function stateOf(db: Database, row: Row): TaskState {
  const state = oneOf(row, 'state', TASK_STATES)
  switch (state) {
    case 'pending':
    case 'available':
    case 'running':
    case 'landing':
      return { state }
    case 'completed':
      return { state, merge: text(row, 'merge_commit') }
    case 'retryable':
      return { state, notBefore: numberOrNull(row, 'not_before') ?? 0, reason: text(row, 'reason') }
    case 'blocked':
      return {
        state,
        by: db.all(TASK_ROW_SQL.blockersOf, number(row, 'id')).map((each) => text(each, 'key')),
      }
    case 'failed':
      return { state, refusal: refusalOrNull(row, 'refusal'), reason: text(row, 'reason') }
    default:
      return { state, reason: text(row, 'reason') }
  }
}

function refusalOrNull(row: Row, column: string): Refusal | null {
  return row[column] === null ? null : refusalFrom(json(row, column))
}

export function refusalFrom(value: unknown): Refusal {
  if (!isRecord(value)) throw unexpected('refusal', 'a refusal', value)
  const code = REFUSAL_CODES.find((known) => known === value['code'])
  const { fact, hint, details } = value
  if (code === undefined || typeof fact !== 'string' || typeof hint !== 'string' || !Array.isArray(details)) {
    throw unexpected('refusal', 'a refusal', JSON.stringify(value))
  }
  return { code, fact, hint, details: details.map(String) }
}
