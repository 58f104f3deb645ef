import type { GivenModel } from '../domain/attempt-model.ts'
import type { Spend } from '../domain/spend.ts'
import type { AskedBudgets } from '../store/accounts.ts'

/** By which an attempt begins. */
export interface AttemptTerms {
  readonly model: GivenModel
  readonly reserved: Spend
  readonly budgets: AskedBudgets
}
