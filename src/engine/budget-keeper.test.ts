import { describe, expect, it } from 'vitest'
import type { SpendSummary } from '../store/store.ts'
import { BudgetKeeper, type BudgetLimits } from './budget-keeper.ts'

describe('BudgetKeeper', () => {
  it('reserves an invocation before it is spent, and admits none beyond the limit', () => {
    const budget = keeper({ invocations: 2 })
    expect([budget.reserve(0), budget.reserve(0)]).toEqual([
      { admitted: true, warning: null },
      { admitted: true, warning: '2 of 2 agent invocations are used' },
    ])
    expect(budget.reserve(0)).toMatchObject({ admitted: false, limit: 'invocations' })
  })

  it('goes on from what the run spent before', () => {
    const budget = keeper({ invocations: 10, usd: 5 }, { invocations: 9, costUsd: 5 })
    expect(budget.reserve(0)).toMatchObject({
      admitted: false,
      limit: 'usd',
      reason: 'the budget of 5 USD is spent',
    })
  })

  it('warns once at four fifths', () => {
    const budget = keeper({ tokens: 1_000 })
    budget.settle({ tokens: 800, usd: 0 })
    expect(budget.reserve(0)).toEqual({ admitted: true, warning: '800 of 1000 tokens are used' })
    expect(budget.reserve(0)).toEqual({ admitted: true, warning: null })
    budget.settle({ tokens: 200, usd: 0 })
    expect(budget.reserve(0)).toMatchObject({ admitted: false, limit: 'tokens' })
  })

  it('ends with the time of the run', () => {
    const budget = keeper({ timeMs: 60_000 })
    expect(budget.reserve(59_999)).toMatchObject({ admitted: true })
    expect(budget.reserve(60_000)).toMatchObject({ admitted: false, limit: 'timeMs' })
  })
})

function keeper(limits: Partial<BudgetLimits>, spent: Partial<SpendSummary> = {}): BudgetKeeper {
  const nothing = {
    invocations: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costUsd: 0,
  }
  const summary = {
    ...nothing,
    attempts: 0,
    agentMs: 0,
    verifyMs: 0,
    waitMs: 0,
    engineMs: 0,
    estimated: nothing,
  }
  return new BudgetKeeper(
    { invocations: null, tokens: null, usd: null, timeMs: null, ...limits },
    { ...summary, ...spent },
    0,
  )
}
