import type { AttemptResources } from '../domain/attempt-resources.ts'
import { EVENT_KINDS, type EventKind } from '../domain/event.ts'
import { STAGES, type Stage } from '../domain/stage.ts'
import type { Database, Row } from './database.ts'
import { totalsOf } from './queries-resources.ts'
import { jsonObject, number, numberOrNull, oneOf, textOrNull } from './rows.ts'
import { RUN_STATES } from './store.ts'

/** Of these kinds metrics need more than that they happened. */
const TOLD_KINDS = [
  'attempt_refused',
  'attempt_gave_up',
  'attempt_lost',
  'landing_returned',
  'circuit_opened',
  'circuit_half_open',
  'circuit_closed',
  'circuit_probe_started',
] as const satisfies readonly EventKind[]

export const METRIC_SQL = {
  events: `SELECT e.seq, e.at, e.run, e.kind, a.stage, a.started_at, a.ended_at, r.samples, r.cpu_ms, r.peak_bytes, r.peak_processes,
      CASE WHEN e.kind IN (${TOLD_KINDS.map((kind) => `'${kind}'`).join(', ')}) THEN e.data END AS told
    FROM events e LEFT JOIN attempts a ON a.id = e.attempt LEFT JOIN attempt_resources r ON r.attempt_id = a.id
    WHERE e.seq > ? ORDER BY e.seq LIMIT ?`,
  newest: 'SELECT seq, at FROM events ORDER BY seq DESC LIMIT 1',
  runs: 'SELECT state, count(*) AS count FROM runs GROUP BY state',
  running: `SELECT stage, count(*) AS count FROM attempts WHERE run = ? AND kind = 'running' GROUP BY stage`,
  stale: `SELECT count(*) AS count FROM tasks WHERE run = ? AND state = 'running' AND lease_until <= ?`,
  requests:
    'SELECT count(*) AS count, min(at) AS oldest FROM requests WHERE answered_at IS NULL AND expires_at > ?',
  spend: `SELECT coalesce(sum(invocations), 0) AS invocations,
      coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
      coalesce(sum(cache_read_tokens), 0) AS cache_read, coalesce(sum(cache_write_tokens), 0) AS cache_write,
      coalesce(sum(cost_usd), 0) AS cost, coalesce(sum(agent_ms), 0) AS agent, coalesce(sum(verify_ms), 0) AS verify,
      coalesce(sum(wait_ms), 0) AS wait, coalesce(sum(engine_ms), 0) AS engine
    FROM spend_totals`,
} as const

/** An event with what metrics need of the attempt that it tells of. */
export interface MetricEvent {
  readonly seq: number
  readonly at: number
  readonly run: string | null
  readonly kind: EventKind
  readonly stage: Stage | null
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** Of an attempt that has ended; null where nothing was sampled. */
  readonly used: Omit<AttemptResources, 'points'> | null
  /** Empty where the kind alone says enough. */
  readonly data: Readonly<Record<string, unknown>>
}

export function readMetricEvents(
  db: Database,
  { after, limit }: { readonly after: number; readonly limit: number },
): MetricEvent[] {
  return db.all(METRIC_SQL.events, after, limit).map(metricEventOf)
}

/** Numbers of the whole store and of one run, at one moment. */
export interface StoredFigures {
  readonly newest: { readonly seq: number; readonly at: number } | null
  readonly runs: Readonly<Record<string, number>>
  readonly running: Readonly<Record<string, number>>
  /** Changes that other processes asked for, and that are neither answered nor given up. */
  readonly requests: { readonly open: number; readonly oldestAt: number | null }
  /** Of all attempts that have ended. */
  readonly spent: {
    readonly invocations: number
    readonly costUsd: number
    readonly tokens: Readonly<Record<'input' | 'output' | 'cache_read' | 'cache_write', number>>
    readonly ms: Readonly<Record<'agent' | 'verify' | 'wait' | 'engine', number>>
  }
}

export function readFigures(db: Database, run: string | null, now: number): StoredFigures {
  const newest = db.get(METRIC_SQL.newest)
  const requests = required(db.get(METRIC_SQL.requests, now))
  return {
    newest: newest === null ? null : { seq: number(newest, 'seq'), at: number(newest, 'at') },
    runs: counted(db.all(METRIC_SQL.runs), (row) => oneOf(row, 'state', RUN_STATES)),
    running:
      run === null ? {} : counted(db.all(METRIC_SQL.running, run), (row) => oneOf(row, 'stage', STAGES)),
    requests: { open: number(requests, 'count'), oldestAt: numberOrNull(requests, 'oldest') },
    spent: readSpent(db),
  }
}

/** Claims whose lease is over and that nobody rescued yet. */
export function countStaleClaims(db: Database, run: string, now: number): number {
  return number(required(db.get(METRIC_SQL.stale, run, now)), 'count')
}

function readSpent(db: Database): StoredFigures['spent'] {
  const row = required(db.get(METRIC_SQL.spend))
  const figure = (name: string): number => number(row, name)
  return {
    invocations: figure('invocations'),
    costUsd: figure('cost'),
    tokens: {
      input: figure('input'),
      output: figure('output'),
      cache_read: figure('cache_read'),
      cache_write: figure('cache_write'),
    },
    ms: {
      agent: figure('agent'),
      verify: figure('verify'),
      wait: figure('wait'),
      engine: figure('engine'),
    },
  }
}

function metricEventOf(row: Row): MetricEvent {
  return {
    seq: number(row, 'seq'),
    at: number(row, 'at'),
    run: textOrNull(row, 'run'),
    kind: oneOf(row, 'kind', EVENT_KINDS),
    stage: row['stage'] === null ? null : oneOf(row, 'stage', STAGES),
    startedAt: numberOrNull(row, 'started_at'),
    endedAt: numberOrNull(row, 'ended_at'),
    used: totalsOf(row),
    data: row['told'] === null ? {} : jsonObject(row, 'told'),
  }
}

function counted(rows: readonly Row[], nameOf: (row: Row) => string): Record<string, number> {
  return Object.fromEntries(rows.map((row) => [nameOf(row), number(row, 'count')]))
}

/** What counts always answers one row. */
function required(row: Row | null): Row {
  if (row === null) throw new Error('a count answered no row')
  return row
}
