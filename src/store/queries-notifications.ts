import type { Event } from '../domain/event.ts'
import { hearEvent, type SubjectMemory } from '../domain/hear-event.ts'
import {
  GROUP_MS,
  OLD_MS,
  type Notification,
  type ReceiverName,
  type SentNotification,
} from '../domain/notification.ts'
import { subjectOf } from '../domain/notification-subject.ts'
import type { RunFacts } from '../domain/notification-texts.ts'
import { plainText } from '../domain/plain-text.ts'
import { redactSecrets } from '../runtime/redact-secrets.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { lastEvent, readEvents } from './queries-events.ts'
import { countTasks } from './read-queries.ts'
import { findRun } from './queries-runs.ts'
import { jsonObject, number, text } from './rows.ts'
import type { NotificationRules } from './outbox.ts'

const PENDING = `receiver = ? AND state = 'pending'`

export const NOTIFICATION_SQL = {
  cursor: `SELECT value FROM counters WHERE name = 'notified'`,
  moveCursor: `INSERT INTO counters (name, value) VALUES ('notified', ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  dropCursor: `DELETE FROM counters WHERE name = 'notified'`,
  remember: `INSERT INTO notification_subjects (run, subject, memory, updated_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (run, subject) DO UPDATE SET memory = excluded.memory`,
  memory: 'SELECT memory FROM notification_subjects WHERE run = ? AND subject = ?',
  forget: 'DELETE FROM notification_subjects WHERE run = ? AND subject = ?',
  forgetOld: 'DELETE FROM notification_subjects WHERE updated_at < ?',
  add: `INSERT INTO notifications (run, event, receiver, subject, severity, content, state, reason, due_at, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event, receiver) DO NOTHING`,
  withdraw: `UPDATE notifications SET state = 'suppressed', reason = 'superseded'
    WHERE run = ? AND subject = ? AND state = 'pending' AND message IS NULL AND due_at > ?`,
  outdate: `UPDATE notifications SET state = 'suppressed', reason = 'too_old' WHERE ${PENDING} AND due_at < ?`,
  countPending: `SELECT count(*) AS count FROM notifications WHERE ${PENDING}`,
  openMessage: `SELECT message, due_at FROM notifications WHERE ${PENDING} AND message IS NOT NULL LIMIT 1`,
  firstDue: `SELECT run, due_at FROM notifications WHERE ${PENDING} AND message IS NULL ORDER BY due_at LIMIT 1`,
  bind: `UPDATE notifications SET message = ? WHERE id IN (SELECT id FROM notifications
    WHERE ${PENDING} AND message IS NULL AND run = ? AND due_at <= ? ORDER BY id LIMIT ?)`,
  toldEarly: `UPDATE notification_subjects SET memory = json_set(memory, '$.waiting.at', ?)
    WHERE (run, subject, json_extract(memory, '$.waiting.at')) IN
      (SELECT run, subject, due_at FROM notifications WHERE message = ? AND due_at > ?)`,
  ofMessage: 'SELECT * FROM notifications WHERE message = ? ORDER BY id',
  sent: `UPDATE notifications SET state = 'sent', sent_at = ?, tries = tries + 1 WHERE message = ? AND state = 'pending'`,
  failed: `UPDATE notifications SET state = ?, due_at = ?, last_error = ?, tries = tries + 1
    WHERE message = ? AND state = 'pending'`,
  removeOld: `DELETE FROM notifications WHERE state <> 'pending' AND created_at < ?`,
  removeMost: `DELETE FROM notifications WHERE state <> 'pending' AND id <= (SELECT max(id) FROM notifications) - ?`,
} as const

const EVENTS_AT_ONCE = 500
/** Of one message. */
const MOST_IN_MESSAGE = 50
/** Longest title of a run in a message, in characters. */
const TITLE = 150
/** On their way to one receiver; what comes then is not kept for later. */
const MOST_PENDING = 1_000
/** What went out, or did not, is kept so long, and so much of it. */
const KEPT_MS = 30 * 86_400_000
const MOST_KEPT = 10_000

export function beginNotifications(
  db: Database,
  [receivers, at]: Args<'beginNotifications'>,
): Answer<'beginNotifications'> {
  const last = lastEvent(db)
  const cursor = db.get(NOTIFICATION_SQL.cursor)
  if (receivers.length === 0) {
    if (cursor !== null) db.run(NOTIFICATION_SQL.dropCursor)
    return last
  }
  db.run(NOTIFICATION_SQL.removeOld, at - KEPT_MS)
  db.run(NOTIFICATION_SQL.removeMost, MOST_KEPT)
  db.run(NOTIFICATION_SQL.forgetOld, at - KEPT_MS)
  if (cursor !== null) return number(cursor, 'value')
  db.run(NOTIFICATION_SQL.moveCursor, last)
  return last
}

/** Cursor, memory and notifications change together: whenever we are killed, each event is told once. */
export function queueNotifications(
  db: Database,
  [rules, at]: Args<'queueNotifications'>,
): Answer<'queueNotifications'> {
  const row = db.get(NOTIFICATION_SQL.cursor)
  const after = row === null ? lastEvent(db) : number(row, 'value')
  const events = readEvents(db, [{ after, limit: EVENTS_AT_ONCE }])
  for (const event of events) tell(db, { event, rules }, at)
  const last = events.at(-1)?.seq ?? after
  if (last !== after) db.run(NOTIFICATION_SQL.moveCursor, last)
  return last
}

export function takeMessage(db: Database, [asked, at]: Args<'takeMessage'>): Answer<'takeMessage'> {
  const { receiver, id, early } = asked
  // A kill, or runs that told nobody, may have kept it; what it tells is another world by now.
  db.run(NOTIFICATION_SQL.outdate, receiver, at - OLD_MS)
  const open = db.get(NOTIFICATION_SQL.openMessage, receiver)
  if (open !== null) {
    const until = number(open, 'due_at')
    return until > at ? { kind: 'wait', until } : messageOf(db, text(open, 'message'))
  }
  const first = db.get(NOTIFICATION_SQL.firstDue, receiver)
  if (first === null) return { kind: 'nothing' }
  const until = number(first, 'due_at')
  if (until > at && !early) return { kind: 'wait', until }
  const horizon = early ? Number.MAX_SAFE_INTEGER : at + GROUP_MS
  db.run(NOTIFICATION_SQL.bind, id, receiver, text(first, 'run'), horizon, MOST_IN_MESSAGE)
  // What leaves before its time is what people know from now on, whatever comes before that time.
  db.run(NOTIFICATION_SQL.toldEarly, at, id, at)
  return messageOf(db, id)
}

export function settleMessage(db: Database, [message, end, at]: Args<'settleMessage'>): void {
  if (end.kind === 'sent') {
    db.run(NOTIFICATION_SQL.sent, at, message)
    return
  }
  const [state, due] = end.kind === 'retry' ? ['pending', end.at] : ['given_up', at]
  db.run(NOTIFICATION_SQL.failed, state, due, redactSecrets(end.error), message)
}

function tell(
  db: Database,
  { event, rules }: { readonly event: Event; readonly rules: NotificationRules },
  at: number,
): void {
  const subject = subjectOf(event)
  if (subject === null || event.run === null) return
  const run = event.run
  const kept = db.get(NOTIFICATION_SQL.memory, run, subject)
  // What we wrote ourselves, in the shape of its type.
  const before = kept === null ? null : (jsonObject(kept, 'memory') as unknown as SubjectMemory)
  const { throttleMs } = rules
  // Reasons and facts come from agents, tests and tools. Looked through before they are cut: part of a secret has no shape.
  const clean = { ...event, data: withoutSecrets(event.data) as Event['data'] }
  const heard = hearEvent(clean, before, { now: at, throttleMs, run: () => factsOf(db, run) })
  if (heard.memory === null) db.run(NOTIFICATION_SQL.forget, run, subject)
  else db.run(NOTIFICATION_SQL.remember, run, subject, JSON.stringify(heard.memory), at)
  if (heard.withdraw) db.run(NOTIFICATION_SQL.withdraw, run, subject, at)
  if (heard.notification === null) return
  const { notification, telling } = heard
  for (const receiver of rules.receivers) add(db, { event, run, receiver, notification, telling }, at)
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return redactSecrets(value)
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, withoutSecrets(inside)]))
}

function add(
  db: Database,
  told: {
    readonly event: Event
    readonly run: string
    readonly receiver: ReceiverName
    readonly notification: Notification
    readonly telling: ReturnType<typeof hearEvent>['telling']
  },
  at: number,
): void {
  const { event, run, receiver, notification, telling } = told
  const { subject, severity } = notification
  const silence = 'silence' in telling ? telling.silence : isFull(db, receiver) ? 'outbox_full' : null
  const dueAt = 'silence' in telling ? at : telling.dueAt
  const content = JSON.stringify(notification)
  const state = silence === null ? 'pending' : 'suppressed'
  db.run(
    NOTIFICATION_SQL.add,
    run,
    event.seq,
    receiver,
    subject,
    severity,
    content,
    state,
    silence,
    dueAt,
    at,
    at,
  )
}

function isFull(db: Database, receiver: ReceiverName): boolean {
  const row = db.get(NOTIFICATION_SQL.countPending, receiver)
  return row !== null && number(row, 'count') >= MOST_PENDING
}

function factsOf(db: Database, run: string): RunFacts {
  return { target: findRun(db, [run])?.target ?? null, tasks: totalled(countTasks(db, run)) }
}

function totalled(counts: ReturnType<typeof countTasks>): RunFacts['tasks'] {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const { completed, failed, needs_human, blocked } = counts
  return { total, completed, failed, needs_human, blocked }
}

function messageOf(db: Database, id: string): Answer<'takeMessage'> {
  const rows = db.all(NOTIFICATION_SQL.ofMessage, id)
  const [first] = rows
  if (first === undefined) return { kind: 'nothing' }
  const run = text(first, 'run')
  return {
    kind: 'message',
    tries: number(first, 'tries'),
    message: {
      id,
      run: { id: run, title: plainText(redactSecrets(findRun(db, [run])?.title ?? ''), TITLE) },
      at: number(first, 'created_at'),
      notifications: rows.map(notificationOf),
    },
  }
}

export function notificationOf(row: Row): SentNotification {
  // What we wrote ourselves, in the shape of its type.
  const content = jsonObject(row, 'content') as unknown as Notification
  return { ...content, event: number(row, 'event') }
}
