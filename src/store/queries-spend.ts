import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { number } from './rows.ts'
import { NO_SPEND, type Spend, summedSpend } from '../domain/spend.ts'
import type { AttemptEnd } from './store.ts'

const COLUMN_NAMES = [
  'invocations',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cost_usd',
]
const COLUMNS = COLUMN_NAMES.join(', ')

export const AMOUNT_SQL = {
  put: `INSERT OR REPLACE INTO amounts (attempt_id, kind, estimated, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ofAttempt: 'SELECT * FROM amounts WHERE attempt_id = ?',
  ofRunning: `SELECT a.id AS id, m.* FROM attempts a JOIN amounts m ON m.attempt_id = a.id
    WHERE a.run = ? AND a.kind = 'running'`,
  // Of each the larger of what was reserved and what streamed in.
  totalOfRunning: `SELECT count(*) AS attempts, ${summed(COLUMN_NAMES)} FROM (SELECT ${largest(COLUMN_NAMES)}
    FROM attempts a JOIN amounts m ON m.attempt_id = a.id WHERE a.run = ? AND a.kind = 'running' GROUP BY a.id)`,
  total: `INSERT INTO spend_totals (run, estimated, attempts, ${COLUMNS}, agent_ms, verify_ms, wait_ms, engine_ms)
    VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, estimated) DO UPDATE SET attempts = attempts + 1,
      invocations = invocations + excluded.invocations,
      input_tokens = input_tokens + excluded.input_tokens,
      output_tokens = output_tokens + excluded.output_tokens,
      cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
      cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
      cost_usd = cost_usd + excluded.cost_usd,
      agent_ms = agent_ms + excluded.agent_ms,
      verify_ms = verify_ms + excluded.verify_ms,
      wait_ms = wait_ms + excluded.wait_ms,
      engine_ms = engine_ms + excluded.engine_ms`,
  totals: 'SELECT * FROM spend_totals WHERE run = ?',
} as const

function summed(columns: readonly string[]): string {
  return columns.map((column) => `coalesce(sum(${column}), 0) AS ${column}`).join(', ')
}

function largest(columns: readonly string[]): string {
  return columns.map((column) => `max(m.${column}) AS ${column}`).join(', ')
}

/** Settled amounts of ended attempts, and of running ones the larger of reserved and streamed. */
export function readSpend(db: Database, [run]: Args<'spend'>): Answer<'spend'> {
  const totals = db.all(AMOUNT_SQL.totals, run)
  const running = db.get(AMOUNT_SQL.totalOfRunning, run) ?? {}
  const sum = (column: string): number => totals.reduce((total, row) => total + number(row, column), 0)
  return {
    ...[...totals, running].map(spendOf).reduce(summedSpend, NO_SPEND),
    attempts: sum('attempts') + number(running, 'attempts'),
    agentMs: sum('agent_ms'),
    verifyMs: sum('verify_ms'),
    waitMs: sum('wait_ms'),
    engineMs: sum('engine_ms'),
    estimated: totals
      .filter((row) => row['estimated'] === 1)
      .map(spendOf)
      .reduce(summedSpend, NO_SPEND),
  }
}

interface Amount {
  readonly kind: 'reserved' | 'streamed' | 'settled'
  readonly spend: Spend
  readonly estimated: boolean
}

export function putAmount(db: Database, attempt: number, { kind, spend, estimated }: Amount): void {
  db.run(AMOUNT_SQL.put, attempt, kind, estimated ? 1 : 0, ...valuesOf(spend))
}

interface Settlement {
  readonly run: string
  readonly attempt: number
  readonly end: Pick<AttemptEnd, 'spend' | 'agentMs' | 'verifyMs' | 'waitMs' | 'engineMs'>
  readonly estimated: boolean
}

export function settle(db: Database, { run, attempt, end, estimated }: Settlement): void {
  putAmount(db, attempt, { kind: 'settled', spend: end.spend, estimated })
  const times = [end.agentMs, end.verifyMs, end.waitMs, end.engineMs]
  db.run(AMOUNT_SQL.total, run, estimated ? 1 : 0, ...valuesOf(end.spend), ...times)
}

export function spendOf(row: Row): Spend {
  return {
    invocations: number(row, 'invocations'),
    inputTokens: number(row, 'input_tokens'),
    outputTokens: number(row, 'output_tokens'),
    cacheReadTokens: number(row, 'cache_read_tokens'),
    cacheWriteTokens: number(row, 'cache_write_tokens'),
    costUsd: number(row, 'cost_usd'),
  }
}

function valuesOf(spend: Spend): number[] {
  const { invocations, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd } = spend
  return [invocations, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd]
}
