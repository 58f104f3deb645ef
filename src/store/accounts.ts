import type { BudgetRefusal, Budgets } from '../domain/budget.ts'
import type { LargestSpend } from '../domain/reservation.ts'
import type { Spend } from '../domain/spend.ts'

/** The part of the store that knows what was spent. */
export interface Accounts<Held> {
  spend(run: string): Promise<SpendSummary>
  /** What attempts of that agent used at most, in all runs; only what it told itself, nothing that was estimated. */
  largestSpends(agent: string): Promise<readonly LargestSpend[]>
  /** The budget for which an attempt of that claim is to be ended in its middle; null where it may go on. */
  overdraft(claim: Held, asked: AskedOverdraft, at: number): Promise<BudgetRefusal | null>
}

/** What an attempt in its middle is held to. */
interface AskedOverdraft {
  readonly used: Spend
  readonly reserved: Spend
  readonly budgets: AskedBudgets
}

/** What an attempt is admitted by, in the transaction that begins it. */
export interface AskedBudgets {
  readonly limits: Budgets
  /** Nothing like the attempt has ended yet: what is reserved is a guess. */
  readonly isGuess: boolean
  /** How long this process has worked on the run. */
  readonly runMs: number
  /** When the present day began. */
  readonly dayStart: number
}

export interface SpendSummary extends Spend {
  readonly attempts: number
  readonly agentMs: number
  readonly verifyMs: number
  readonly waitMs: number
  readonly engineMs: number
  /** Part of the amounts that a kill made unknowable and that was charged as estimated. */
  readonly estimated: Spend
}
