import { describe, expect, it } from 'vitest'
import { NO_SPEND } from '../domain/spend.ts'
import type { SpendSummary } from '../store/store.ts'
import { BudgetKeeper, type BudgetLimits, type Reservation } from './budget-keeper.ts'

describe('BudgetKeeper', () => {
  it('reserves an invocation before it is spent, and admits none beyond the limit', () => {
    const budget = keeper({ invocations: 2 })
    expect(budget.reserve(0)).toMatchObject({ admitted: true, warning: null })
    expect(budget.reserve(0)).toMatchObject({
      admitted: true,
      warning: expect.stringContaining('2 of 2') as string,
    })
    expect(budget.reserve(0)).toMatchObject({ admitted: false, limit: 'invocations' })
  })

  it('goes on from what the run spent before', () => {
    const budget = keeper({ invocations: 10, usd: 5 }, { invocations: 9, costUsd: 5 })
    expect(budget.reserve(0)).toMatchObject({
      admitted: false,
      limit: 'usd',
      reason: expect.stringContaining('5 USD') as string,
    })
  })

  it('sets aside what the largest attempt used, for each attempt in flight', () => {
    const budget = keeper({ usd: 10 })
    budget.settle(admitted(budget), { tokens: 0, usd: 3 })
    admitted(budget)
    const last = admitted(budget)
    expect(budget.reserve(0)).toMatchObject({ admitted: false, limit: 'usd' })
    budget.settle(last, { tokens: 0, usd: 1 })
    expect(budget.reserve(0)).toMatchObject({ admitted: true })
  })

  it('sets aside a share of the budget while no attempt has been seen', () => {
    const budget = keeper({ usd: 1 }, { costUsd: 0.99 })
    expect(budget.reserve(0)).toMatchObject({ admitted: false, limit: 'usd' })
    expect(
      Array.from({ length: 30 }, () => keeper({ tokens: 100 })).every((one) => one.reserve(0).admitted),
    ).toBe(true)
    const many = keeper({ tokens: 100 })
    expect(Array.from({ length: 30 }, () => many.reserve(0).admitted).filter(Boolean)).toHaveLength(20)
  })

  it('warns once at four fifths', () => {
    const budget = keeper({ tokens: 1_000 })
    budget.settle(admitted(budget), { tokens: 400, usd: 0 })
    const next = budget.reserve(0)
    expect(next).toMatchObject({ admitted: true, warning: '800 of 1000 tokens are used or set aside' })
  })

  it.each([
    ['what is spent, where that is more', { invocations: 2 }, { invocations: 5 }, '--max-invocations 10'],
    ['the budget, where that is more', { invocations: 2 }, { invocations: 2 }, '--max-invocations 4'],
    ['tokens', { tokens: 100 }, { inputTokens: 900, outputTokens: 100 }, '--max-tokens 2000'],
    ['cents', { usd: 0.1 }, { costUsd: 0.333 }, '--max-usd 0.67'],
  ] as const)('names a budget that goes on: twice %s', (_, limits, spent, raise) => {
    const budget = keeper(limits, spent)
    expect(budget.raise()).toBeNull()
    expect(budget.reserve(0).admitted).toBe(false)
    expect(budget.raise()).toBe(raise)
    const [limit = ''] = Object.keys(limits)
    expect(keeper({ [limit]: Number(raise.split(' ')[1]) }, spent).reserve(0).admitted).toBe(true)
  })

  it('counts to what is spent what was used since it refused', () => {
    const budget = keeper({ tokens: 100 })
    const [one, other] = [admitted(budget), admitted(budget)]
    budget.settle(one, { tokens: 100, usd: 0 })
    budget.reserve(0)
    budget.settle(other, { tokens: 400, usd: 0 })
    expect(budget.raise()).toBe('--max-tokens 1000')
  })

  it('names a time that goes on: twice what has passed', () => {
    const budget = keeper({ timeMs: 1_000 })
    budget.reserve(5_000)
    expect(budget.raise()).toBe('--max-time 10000ms')
  })

  it('ends with the time of the run', () => {
    const budget = keeper({ timeMs: 60_000 })
    expect(budget.reserve(59_999)).toMatchObject({ admitted: true })
    expect(budget.reserve(60_000)).toMatchObject({ admitted: false, limit: 'timeMs' })
  })
})

function admitted(budget: BudgetKeeper): Reservation {
  const answer = budget.reserve(0)
  if (!answer.admitted) throw new Error(answer.reason)
  return answer.reservation
}

function keeper(limits: Partial<BudgetLimits>, spent: Partial<SpendSummary> = {}): BudgetKeeper {
  const summary = {
    ...NO_SPEND,
    attempts: 0,
    agentMs: 0,
    verifyMs: 0,
    waitMs: 0,
    engineMs: 0,
    estimated: NO_SPEND,
  }
  return new BudgetKeeper(
    { invocations: null, tokens: null, usd: null, timeMs: null, ...limits },
    { ...summary, ...spent },
    0,
  )
}
