import {
  admitAttempt,
  type BudgetRefusal,
  type BudgetScope,
  type BudgetUse,
  overdraft,
} from '../domain/budget.ts'
import { warningText } from '../domain/budget-words.ts'
import type { LargestSpend } from '../domain/reservation.ts'
import { largerSpend, NO_SPEND, type Spend, summedSpend } from '../domain/spend.ts'
import { STAGES } from '../domain/stage.ts'
import type { AskedBudgets } from './accounts.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { addEvent } from './queries-events.ts'
import { tierOf } from './queries-models.ts'
import { AMOUNT_SQL, spendOf } from './queries-spend.ts'
import { number, numberOrNull, oneOf } from './rows.ts'
import type { HeldClaim } from './store.ts'

const AMOUNTS =
  'm.invocations, m.input_tokens, m.output_tokens, m.cache_read_tokens, m.cache_write_tokens, m.cost_usd'
const ATTEMPT =
  'a.id AS id, a.run AS run, a.kind AS state, a.started_at AS started_at, a.ended_at AS ended_at, t.lease_until AS lease_until, m.kind AS amount'

export const BUDGET_SQL = {
  ofTask: `SELECT ${ATTEMPT}, ${AMOUNTS} FROM tasks t JOIN attempts a ON a.task_id = t.id
    LEFT JOIN amounts m ON m.attempt_id = a.id WHERE t.run = ? AND t.key = ? AND a.generation = t.generation`,
  ofDay: `SELECT ${ATTEMPT}, ${AMOUNTS} FROM attempts a JOIN tasks t ON t.id = a.task_id
    LEFT JOIN amounts m ON m.attempt_id = a.id WHERE a.started_at >= ?`,
  task: 'SELECT id, generation FROM tasks WHERE run = ? AND key = ?',
  warn: 'INSERT OR IGNORE INTO budget_warnings (scope, subject, measure, most, at) VALUES (?, ?, ?, ?, ?) RETURNING at',
  largest: `SELECT a.stage AS stage, a.tier AS tier, max(m.invocations) AS invocations, max(m.input_tokens) AS input_tokens,
      max(m.output_tokens) AS output_tokens, max(m.cache_read_tokens) AS cache_read_tokens,
      max(m.cache_write_tokens) AS cache_write_tokens, max(m.cost_usd) AS cost_usd
    FROM attempts a JOIN amounts m ON m.attempt_id = a.id AND m.kind = 'settled' AND m.estimated = 0 AND m.invocations > 0
    WHERE a.agent = ? AND a.kind <> 'lost' GROUP BY a.stage, a.tier`,
} as const

interface Asked {
  readonly held: HeldClaim
  readonly reserved: Spend
  readonly budgets: AskedBudgets
}

type BudgetAnswer =
  | { readonly refusal: BudgetRefusal }
  /** Called once the attempt has its row. */
  | { readonly refusal: null; readonly warn: (attempt: number) => void }

/** Whether the budgets hold the attempt that is about to begin. */
export function askBudgets(db: Database, { held, reserved, budgets }: Asked, at: number): BudgetAnswer {
  const { limits, isGuess } = budgets
  const answer = admitAttempt({ spend: reserved, isGuess }, limits, (scope) =>
    useOf(db, { scope, held, budgets }, at),
  )
  if (!answer.admitted) return { refusal: answer.refusal }
  const warn = (attempt: number): void => {
    for (const warning of answer.warnings) {
      const { scope, measure, most } = warning
      const subject = subjectOf(db, { scope, held, budgets })
      if (db.get(BUDGET_SQL.warn, scope, subject, measure, most, at) === null) continue
      const data = { ...warning, warning: warningText(warning) }
      addEvent(
        db,
        { run: held.run, kind: 'budget_warning', task: held.task.definition.key, attempt, data },
        at,
      )
    }
  }
  return { refusal: null, warn }
}

export function readOverdraft(
  db: Database,
  [held, { used, reserved, budgets }, at]: Args<'overdraft'>,
): Answer<'overdraft'> {
  const reservation = { spend: reserved, isGuess: budgets.isGuess }
  return overdraft({ used, reservation }, budgets.limits, (scope) => useOf(db, { scope, held, budgets }, at))
}

export function largestSpends(db: Database, [agent]: Args<'largestSpends'>): Answer<'largestSpends'> {
  return db
    .all(BUDGET_SQL.largest, agent)
    .map(
      (row): LargestSpend => ({ stage: oneOf(row, 'stage', STAGES), tier: tierOf(row), spend: spendOf(row) }),
    )
}

/** What attempts used that began since then, running ones with what is set aside, and how long one of them ran. */
export function readSpentSince(
  db: Database,
  since: number,
  now: number,
): { readonly spend: Spend; readonly timeMs: number } {
  const { settled, inFlight, timeMs } = useOfAttempts(db.all(BUDGET_SQL.ofDay, since), { run: null, at: now })
  return { spend: summedSpend(settled, inFlight), timeMs }
}

interface Scoped {
  readonly scope: BudgetScope
  readonly held: HeldClaim
  readonly budgets: AskedBudgets
}

function useOf(db: Database, { scope, held, budgets }: Scoped, at: number): BudgetUse {
  switch (scope) {
    case 'run':
      return { ...useOfRun(db, held.run), timeMs: budgets.runMs }
    case 'task':
      return useOfAttempts(db.all(BUDGET_SQL.ofTask, held.run, held.task.definition.key), {
        run: held.run,
        at,
      })
    case 'day':
      return useOfAttempts(db.all(BUDGET_SQL.ofDay, budgets.dayStart), { run: held.run, at })
  }
}

function useOfRun(db: Database, run: string): Omit<BudgetUse, 'timeMs'> {
  const settled = db.all(AMOUNT_SQL.totals, run).map(spendOf).reduce(summedSpend, NO_SPEND)
  const running = new Map<number, Spend>()
  let told = NO_SPEND
  for (const row of db.all(AMOUNT_SQL.ofRunning, run)) {
    const id = number(row, 'id')
    running.set(id, largerSpend(running.get(id) ?? NO_SPEND, spendOf(row)))
    if (row['kind'] === 'streamed') told = summedSpend(told, spendOf(row))
  }
  const inFlight = [...running.values()].reduce(summedSpend, NO_SPEND)
  return { settled, inFlight, told, running: callsOf(running) }
}

interface Asking {
  /** The run that is worked; null where only the sum is asked for. */
  readonly run: string | null
  readonly at: number
}

/** One run is worked at a time: what runs in another was cut off, gives nothing back, and is settled once that is resumed. */
function useOfAttempts(rows: readonly Row[], { run, at }: Asking): BudgetUse {
  const settled = new Map<number, Spend>()
  const running = new Map<number, Spend>()
  let told = NO_SPEND
  const spans = new Map<number, readonly [from: number, to: number]>()
  for (const row of rows) {
    const id = number(row, 'id')
    const startedAt = number(row, 'started_at')
    const isOurs = run === null || row['run'] === run
    const endedAt = numberOrNull(row, 'ended_at') ?? lastSeen(row, isOurs ? at : startedAt, at)
    // The clock may have been set back meanwhile.
    spans.set(id, [startedAt, Math.max(startedAt, endedAt)])
    if (row['amount'] === null) continue
    if (row['amount'] === 'settled') settled.set(id, spendOf(row))
    else if (row['state'] === 'running') {
      const amounts = isOurs ? running : settled
      amounts.set(id, largerSpend(amounts.get(id) ?? NO_SPEND, spendOf(row)))
      if (isOurs && row['amount'] === 'streamed') told = summedSpend(told, spendOf(row))
    }
  }
  return {
    settled: [...settled.values()].reduce(summedSpend, NO_SPEND),
    inFlight: [...running.values()].reduce(summedSpend, NO_SPEND),
    told,
    running: callsOf(running),
    timeMs: covered([...spans.values()]),
  }
}

/** Nobody was there longer than the lease that they renewed; `otherwise` where there is none. */
function lastSeen(row: Row, otherwise: number, at: number): number {
  return Math.min(at, Math.max(number(row, 'started_at'), numberOrNull(row, 'lease_until') ?? otherwise))
}

/** Attempts without an agent reserve nothing. */
function callsOf(running: ReadonlyMap<number, Spend>): number {
  return [...running.values()].filter(({ invocations }) => invocations > 0).length
}

/** The time in which at least one of them ran. */
function covered(spans: readonly (readonly [from: number, to: number])[]): number {
  let sum = 0
  let reached = -Infinity
  for (const [from, to] of spans.toSorted(([one], [other]) => one - other)) {
    if (to <= reached) continue
    sum += to - Math.max(from, reached)
    reached = to
  }
  return sum
}

function subjectOf(db: Database, { scope, held, budgets }: Scoped): string {
  if (scope === 'run') return held.run
  if (scope === 'day') return String(budgets.dayStart)
  const row = db.get(BUDGET_SQL.task, held.run, held.task.definition.key)
  return row === null ? '' : `${number(row, 'id')}/${number(row, 'generation')}`
}
