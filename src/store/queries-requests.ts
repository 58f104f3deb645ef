import { ERROR_CATALOGUE, type ErrorCode, messageOf, OrchestratorError } from '../errors.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { askCircuit, resetCircuit, resetCircuits, tellCircuit } from './queries-circuits.ts'
import { addEvent } from './queries-events.ts'
import { giveBackTaken, submitTask, takeTask, waiveRefusal } from './queries-holds.ts'
import { approveLanding, refuseLanding } from './queries-approvals.ts'
import { cancel, retry } from './queries-people.ts'
import { addTasks } from './queries-plan.ts'
import { clearQuarantine } from './queries-quarantine.ts'
import { forgetRequests } from './queries-retention.ts'
import { registerWorker } from './queries-workers.ts'
import { isRecord, jsonObject, number, text } from './rows.ts'
import type { StoreAnswer, StoreRequest, StoreRequestBody } from './store.ts'
import { parsedJson } from '../domain/parsed-json.ts'

export const REQUEST_SQL = {
  handIn: 'INSERT INTO requests (at, expires_at, body, updated_at) VALUES (?, ?, ?, ?)',
  open: 'SELECT * FROM requests WHERE answered_at IS NULL ORDER BY id',
  hasOpen: 'SELECT 1 FROM requests WHERE answered_at IS NULL LIMIT 1',
  find: 'SELECT * FROM requests WHERE id = ?',
  answer: 'UPDATE requests SET answer = ?, answered_at = ? WHERE id = ? AND answered_at IS NULL',
} as const

export function openRequests(db: Database): Answer<'openRequests'> {
  return db.all(REQUEST_SQL.open).map(requestOf)
}

/** The first answer counts. */
export function answerRequest(db: Database, [id, answer, at]: Args<'answerRequest'>): void {
  if (db.run(REQUEST_SQL.answer, JSON.stringify(answer), at, id) === 0) return
  const row = db.get(REQUEST_SQL.find, id)
  tell(db, { request: id, body: row === null ? null : requestOf(row).body, answer }, at)
  forgetRequests(db, { newest: id, at })
}

interface Answered {
  readonly request: number
  readonly body: StoreRequestBody | null
  readonly answer: StoreAnswer
}

/** What programs ask circuits, and tell them, is no person's request, and without end: the log tells what circuits made of it. */
function tell(db: Database, { request, body, answer }: Answered, at: number): void {
  if (body?.kind === 'ask_circuit' || body?.kind === 'tell_circuit') return
  const run = body !== null && 'run' in body ? body.run : null
  const task = body !== null && 'task' in body ? body.task : null
  const data = { request, kind: body?.kind ?? null, ok: isDone(answer) }
  addEvent(db, { run, kind: 'request_answered', task, attempt: null, data }, at)
}

/** `cancel` and `retry` answer `false` where the state of the task does not allow them. */
function isDone(answer: StoreAnswer): boolean {
  return answer.ok && answer.value !== false
}

/** A request that its sender no longer waits for is not carried out late; one that is answered keeps its answer. */
export function fulfilRequest(db: Database, [id, at]: Args<'fulfilRequest'>): Answer<'fulfilRequest'> {
  const row = db.get(REQUEST_SQL.find, id)
  if (row === null) return UNKNOWN
  if (row['answered_at'] !== null) return answerFrom(row)
  const { body } = requestOf(row)
  const answer = at > number(row, 'expires_at') ? EXPIRED : carryOut(db, body, at)
  if (answer !== null) answerRequest(db, [id, answer, at])
  return answer
}

const UNKNOWN: StoreAnswer = { ok: false, code: 'internal', message: 'There is no such request.', hint: null }

const EXPIRED: StoreAnswer = {
  ok: false,
  code: 'store_owned',
  message: 'The owner of the store was too busy to answer in time; nothing was changed.',
  hint: 'Ask again.',
}

const NOT_KNOWN: StoreAnswer = {
  ok: false,
  code: 'store_newer',
  message: 'The owner of the store does not know what it is asked for; nothing was changed.',
  hint: 'A newer version of the program asks than the one that runs. Start the run again with the newer: orchestrator stop, then orchestrator run --resume.',
}

/** What the operation undoes by throwing, it undoes alone: the answer is written all the same. */
function carryOut(db: Database, body: StoreRequestBody | null, at: number): StoreAnswer | null {
  if (body === null) return NOT_KNOWN
  if (body.kind === 'stop') return null
  try {
    return { ok: true, value: db.savepoint(() => apply(db, body, at)) }
  } catch (thrown) {
    if (!db.inTransaction) throw thrown
    return refusalOf(thrown)
  }
}

function apply(db: Database, body: Exclude<StoreRequestBody, { kind: 'stop' }>, at: number): unknown {
  switch (body.kind) {
    case 'cancel':
      return cancel(db, [body.run, body.task, body.reason, at])
    case 'retry':
      return retry(db, [body.run, body.task, { from: body.from, note: body.note }, at])
    case 'clear_quarantine':
      return clearQuarantine(db, [body, at])
    case 'reset_circuit':
      return resetCircuit(db, [body, at])
    case 'reset_circuits':
      return resetCircuits(db, body.run, at)
    case 'ask_circuit':
      return askCircuit(db, body, at)
    case 'tell_circuit':
      return tellCircuit(db, body, at)
    case 'take':
      return takeTask(db, body, at)
    case 'submit':
      return submitTask(db, body, at)
    case 'give_back':
      return giveBackTaken(db, body, at)
    case 'waive':
      return waiveRefusal(db, body, at)
    case 'approve':
      return approveLanding(db, body, at)
    case 'refuse':
      return refuseLanding(db, body, at)
    case 'register_worker':
      registerWorker(db, body, at)
      return true
    default:
      addTasks(db, [body.run, body, at])
      return true
  }
}

function refusalOf(thrown: unknown): StoreAnswer {
  if (!(thrown instanceof OrchestratorError)) {
    return { ok: false, code: 'internal', message: messageOf(thrown), hint: null }
  }
  return { ok: false, code: thrown.code, message: thrown.message, hint: thrown.hint }
}

export function answerFrom(row: Row): StoreAnswer {
  const { ok, value, code, message, hint } = jsonObject(row, 'answer')
  if (ok === true) return { ok, value: value ?? null }
  const known = (Object.keys(ERROR_CATALOGUE) as ErrorCode[]).find((each) => each === code)
  return {
    ok: false,
    code: known ?? 'internal',
    message: String(message),
    hint: typeof hint === 'string' ? hint : null,
  }
}

const REQUEST_KINDS: readonly string[] = [
  'cancel',
  'retry',
  'add_tasks',
  'clear_quarantine',
  'reset_circuit',
  'reset_circuits',
  'ask_circuit',
  'tell_circuit',
  'register_worker',
  'take',
  'submit',
  'give_back',
  'waive',
  'approve',
  'refuse',
  'stop',
] satisfies StoreRequestBody['kind'][]

/** One bad row must not keep its neighbours from their answers. */
function requestOf(row: Row): StoreRequest {
  return { id: number(row, 'id'), at: number(row, 'at'), body: bodyOf(text(row, 'body')) }
}

function bodyOf(written: string): StoreRequestBody | null {
  const body = parsedJson(written)
  const isKnown = isRecord(body) && REQUEST_KINDS.some((kind) => kind === body['kind'])
  return isKnown ? (body as unknown as StoreRequestBody) : null
}
