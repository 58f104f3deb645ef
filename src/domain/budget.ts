import type { Spend } from './spend.ts'

export interface BudgetLimits {
  readonly invocations: number | null
  readonly tokens: number | null
  readonly usd: number | null
  /** Of a run: wall time of this process's part of it. Of a task and of a day: time in which their attempts ran. */
  readonly timeMs: number | null
}

export const NO_LIMITS: BudgetLimits = { invocations: null, tokens: null, usd: null, timeMs: null }

/** `run`; each `task` in its present generation; each `day` of all runs of the store. */
export const BUDGET_SCOPES = ['run', 'task', 'day'] as const
export type BudgetScope = (typeof BUDGET_SCOPES)[number]
export type Budgets = Readonly<Record<BudgetScope, BudgetLimits>>
export type Measure = keyof BudgetLimits
export const MEASURES = ['invocations', 'tokens', 'usd', 'timeMs'] as const satisfies readonly Measure[]

/** What is used of the budgets of one scope. */
export interface BudgetUse {
  /** By attempts that have ended. */
  readonly settled: Spend
  /** By attempts that run: the larger of what is set aside for each and what it has told. */
  readonly inFlight: Spend
  /** By the same, as far as they have told it. */
  readonly told: Spend
  readonly running: number
  readonly timeMs: number
}

/** What is set aside for an attempt before it begins. */
export interface Reservation {
  readonly spend: Spend
  /** Nothing like it has ended yet. */
  readonly isGuess: boolean
}

/** A budget that does not hold another attempt. */
export interface BudgetRefusal {
  readonly scope: BudgetScope
  readonly measure: Measure
  readonly most: number
  readonly used: number
  readonly wanted: number
  /** Whether it may hold it once attempts that run have ended, and what is set aside for them turns out to be less. */
  readonly waits: boolean
}

/** A budget of which four fifths are used or set aside, with the new attempt. */
export interface BudgetWarning {
  readonly scope: BudgetScope
  readonly measure: Measure
  readonly most: number
  readonly used: number
}

/**
 * What counts as tokens: what is sent for the first time, written to the cache of the provider or by the model. What is read
 * from the cache is the same tokens again, at a tenth of the price or less.
 */
export function tokensOf({ inputTokens, outputTokens, cacheWriteTokens }: Spend): number {
  return inputTokens + outputTokens + cacheWriteTokens
}

type Admission =
  | { readonly admitted: true; readonly warnings: readonly BudgetWarning[] }
  | { readonly admitted: false; readonly refusal: BudgetRefusal }

/** Whether every budget holds another attempt. */
export function admitAttempt(
  reservation: Reservation,
  budgets: Budgets,
  use: (scope: BudgetScope) => BudgetUse,
): Admission {
  const warnings: BudgetWarning[] = []
  for (const scope of BUDGET_SCOPES) {
    if (Object.values(budgets[scope]).every((most) => most === null)) continue
    const used = use(scope)
    for (const measure of MEASURES) {
      const most = budgets[scope][measure]
      if (most === null) continue
      const asked = ask(measure, most, { used, reservation })
      const whole = asked.settled + asked.inFlight + asked.wanted
      const told = { scope, measure, most, used: whole }
      if (whole > most) {
        const waits = asked.inFlight > 0 && asked.settled + asked.wantedAlone <= most
        return {
          admitted: false,
          refusal: { ...told, used: asked.settled + asked.inFlight, wanted: asked.wanted, waits },
        }
      }
      if (whole >= most * WARNING_SHARE) warnings.push(told)
    }
  }
  return { admitted: true, warnings }
}

/**
 * The budget for which an attempt is ended in its middle: it is overdrawn by a tenth, and the attempt has used more than was
 * set aside for it. Null where it may go on. Not at the first token too many: what it did so far would be paid for in vain.
 */
export function overdraft(
  { used, reservation }: { readonly used: Spend; readonly reservation: Reservation },
  budgets: Budgets,
  use: (scope: BudgetScope) => BudgetUse,
): BudgetRefusal | null {
  for (const scope of BUDGET_SCOPES) {
    for (const measure of ['tokens', 'usd'] as const) {
      const most = budgets[scope][measure]
      if (most === null) continue
      const amount = AMOUNT[measure]
      const setAside = amount(reservation.spend)
      if (amount(used) <= (reservation.isGuess ? Math.min(setAside, most * FIRST_SHARE) : setAside)) continue
      const { settled, told } = use(scope)
      const whole = amount(settled) + amount(told)
      if (whole > most * TOLERATED) return { scope, measure, most, used: whole, wanted: 0, waits: false }
    }
  }
  return null
}

const TOLERATED = 1.1
const WARNING_SHARE = 0.8
/** What a guess asks for at most, where nothing else runs: a budget is not refused by a guess alone. */
const FIRST_SHARE = 0.05

interface Asked {
  readonly settled: number
  readonly inFlight: number
  readonly wanted: number
  /** What it asks for once nothing else runs. */
  readonly wantedAlone: number
}

function ask(
  measure: Measure,
  most: number,
  { used, reservation }: { readonly used: BudgetUse; readonly reservation: Reservation },
): Asked {
  if (measure === 'timeMs') return { settled: used.timeMs, inFlight: 0, wanted: 1, wantedAlone: 1 }
  const amount = AMOUNT[measure]
  if (measure === 'invocations')
    return { settled: amount(used.settled) + amount(used.inFlight), inFlight: 0, wanted: 1, wantedAlone: 1 }
  // Nothing is admitted once the budget is used up, not even what may cost nothing.
  const least = LEAST[measure]
  const whole = Math.max(amount(reservation.spend), least)
  const wantedAlone = reservation.isGuess ? Math.max(Math.min(whole, most * FIRST_SHARE), least) : whole
  const wanted = used.running === 0 ? wantedAlone : whole
  return { settled: amount(used.settled), inFlight: amount(used.inFlight), wanted, wantedAlone }
}

/** How much of a measure was spent. */
export const AMOUNT = {
  invocations: ({ invocations }: Spend) => invocations,
  tokens: tokensOf,
  usd: ({ costUsd }: Spend) => costUsd,
} as const
const LEAST = { tokens: 1, usd: 1e-6 } as const
