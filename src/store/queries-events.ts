import { EVENT_KINDS, type Event, type EventQuery, type NewEvent } from '../domain/event.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { jsonObject, number, numberOrNull, oneOf, textOrNull } from './rows.ts'

export const EVENT_SQL = {
  insert: 'INSERT INTO events (at, run, kind, task, attempt, data) VALUES (?, ?, ?, ?, ?, ?)',
  last: 'SELECT coalesce(max(seq), 0) AS seq FROM events',
  after: 'SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?',
  afterOfRun: 'SELECT * FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?',
  afterOfKind: 'SELECT * FROM events WHERE run = ? AND seq > ? AND kind = ? ORDER BY seq LIMIT ?',
} as const

export function appendEvents(db: Database, [events, at]: Args<'append'>): void {
  for (const event of events) addEvent(db, event, at)
}

/** Numbers are given in commit order because one writer gives them all. */
export function addEvent(db: Database, event: NewEvent, at: number): void {
  db.run(EVENT_SQL.insert, at, event.run, event.kind, event.task, event.attempt, JSON.stringify(event.data))
}

export function readEvents(db: Database, [query]: Args<'events'>): Answer<'events'> {
  return rowsOf(db, query).map(eventOf)
}

function rowsOf(db: Database, { after, limit, run, kind }: EventQuery): Row[] {
  if (run === undefined) return db.all(EVENT_SQL.after, after, limit)
  if (kind === undefined) return db.all(EVENT_SQL.afterOfRun, run, after, limit)
  return db.all(EVENT_SQL.afterOfKind, run, after, kind, limit)
}

export function lastEvent(db: Database): number {
  const row = db.get(EVENT_SQL.last)
  return row === null ? 0 : number(row, 'seq')
}

export function eventOf(row: Row): Event {
  return {
    seq: number(row, 'seq'),
    at: number(row, 'at'),
    run: textOrNull(row, 'run'),
    kind: oneOf(row, 'kind', EVENT_KINDS),
    task: textOrNull(row, 'task'),
    attempt: numberOrNull(row, 'attempt'),
    data: jsonObject(row, 'data'),
  }
}
