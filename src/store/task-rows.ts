import type { TaskDefinition } from '../domain/plan.ts'
import { TASK_STATES, type TaskState } from '../domain/task.ts'
import { PERSON, type PersonHold } from '../domain/person.ts'
import { REFUSAL_CODES, type Refusal } from '../domain/verdict.ts'
import { waiverFrom } from './waiver-rows.ts'
import type { Database, Row } from './database.ts'
import {
  isRecord,
  json,
  jsonArray,
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
  holdOf: 'SELECT * FROM person_holds WHERE task_id = ? AND token = ?',
  runOf: 'SELECT * FROM runs WHERE id = ?',
  approved: 'SELECT 1 FROM approvals WHERE task_id = ? AND arrival = ?',
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
    person: personOf(db, row),
    waitsForApproval: waitsForApproval(db, row),
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

/** Null where no person has it. */
function personOf(db: Database, row: Row): PersonHold | null {
  if (row['state'] !== 'running' || row['claimed_by'] !== PERSON) return null
  const hold = db.get(TASK_ROW_SQL.holdOf, number(row, 'id'), number(row, 'token'))
  return hold === null ? null : holdFrom(hold)
}

export function holdFrom(hold: Row): PersonHold {
  const asks = hold['asks']
  return {
    person: text(hold, 'person'),
    directory: textOrNull(hold, 'directory'),
    base: textOrNull(hold, 'base'),
    asks: asks === 'directory' || asks === 'verdict' ? asks : null,
    giveBack: number(hold, 'give_back') === 1,
    waivers: jsonArray(hold, 'waivers').flatMap((each) => waiverFrom(each) ?? []),
    problem: textOrNull(hold, 'problem'),
  }
}

/** A store that no newer program has brought up yet knows no approvals. */
function waitsForApproval(db: Database, row: Row): boolean {
  if (row['state'] !== 'landing') return false
  const run = db.get(TASK_ROW_SQL.runOf, text(row, 'run'))
  if (run === null || (run['approve'] ?? 0) === 0) return false
  return db.get(TASK_ROW_SQL.approved, number(row, 'id'), number(row, 'arrival')) === null
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
