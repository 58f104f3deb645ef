import type { BudgetLimits } from '../domain/budget.ts'
import type { Config } from './schema.ts'

/** What one run may use. */
export function runBudget({ run }: Pick<Config, 'run'>): BudgetLimits {
  const { maxInvocations, maxTokens, maxUsd, maxTimeMs } = run
  return { invocations: maxInvocations, tokens: maxTokens, usd: maxUsd, timeMs: maxTimeMs }
}
