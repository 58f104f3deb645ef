import { describe, expect, it } from 'vitest'
import {
  admitAttempt,
  type BudgetLimits,
  type Budgets,
  type BudgetUse,
  NO_LIMITS,
  overdraft,
  type Reservation,
  tokensOf,
} from './budget.ts'
import { raiseFlag, refusalText, taskRefusalText, warningText } from './budget-words.ts'
import { NO_SPEND, type Spend } from './spend.ts'

describe('admitAttempt', () => {
  it('asks nothing of what has no limit', () => {
    const asked: string[] = []
    const answer = admitAttempt(reserved({ costUsd: 99 }), NONE, (scope) => {
      asked.push(scope)
      return used({})
    })
    expect(answer).toEqual({ admitted: true, warnings: [] })
    expect(asked).toEqual([])
  })

  it.each(['run', 'task', 'day'] as const)('admits as many calls as the budget of a %s holds', (scope) => {
    const budgets = { ...NONE, [scope]: { ...NO_LIMITS, invocations: 2 } }
    expect(admit(budgets, used({ settled: { invocations: 1 } }))).toMatchObject({ admitted: true })
    expect(admit(budgets, used({ settled: { invocations: 1 }, inFlight: { invocations: 1 } }))).toEqual({
      admitted: false,
      refusal: { scope, measure: 'invocations', most: 2, used: 2, wanted: 1, waits: false },
    })
  })

  it('counts what is set aside for attempts that run', () => {
    const budgets = run({ usd: 10 })
    const use = used({ settled: { costUsd: 4 }, inFlight: { costUsd: 3 } })
    expect(admit(budgets, use, { costUsd: 3 })).toMatchObject({ admitted: true })
    expect(admit(budgets, use, { costUsd: 3.01 })).toMatchObject({ admitted: false })
  })

  it('waits for those that run only where their end may make room', () => {
    const inFlight = { costUsd: 5 }
    expect(
      admit(run({ usd: 10 }), used({ settled: { costUsd: 4 }, inFlight }), { costUsd: 3 }),
    ).toMatchObject({
      refusal: { waits: true },
    })
    expect(
      admit(run({ usd: 10 }), used({ settled: { costUsd: 8 }, inFlight }), { costUsd: 3 }),
    ).toMatchObject({
      refusal: { waits: false },
    })
  })

  it('is not refused by a guess alone, as long as nothing else runs', () => {
    const guess = { ...reserved({ costUsd: 5 }), isGuess: true }
    const ask = (use: BudgetUse): boolean => admitAttempt(guess, run({ usd: 1 }), () => use).admitted
    expect(ask(used({}))).toBe(true)
    expect(ask(used({ settled: { costUsd: 0.95 } }))).toBe(true)
    expect(ask(used({ settled: { costUsd: 0.96 } }))).toBe(false)
    expect(ask(used({ inFlight: { costUsd: 0.01 }, running: 1 }))).toBe(false)
  })

  it('waits where a guess is in the way of what runs, and not once the budget is used up', () => {
    const guess = { ...reserved({ costUsd: 5 }), isGuess: true }
    const ask = (settled: number) =>
      admitAttempt(guess, run({ usd: 1 }), () =>
        used({ settled: { costUsd: settled }, inFlight: { costUsd: 0.05 }, running: 1 }),
      )
    expect(ask(0.9)).toMatchObject({ admitted: false, refusal: { waits: true } })
    expect(ask(0.96)).toMatchObject({ admitted: false, refusal: { waits: false } })
  })

  it('admits nothing once a budget is used up, not even what may cost nothing', () => {
    expect(admit(run({ usd: 1 }), used({ settled: { costUsd: 1 } }))).toMatchObject({ admitted: false })
    expect(admit(run({ tokens: 9 }), used({ settled: { inputTokens: 9 } }))).toMatchObject({
      admitted: false,
    })
  })

  it('ends with the time', () => {
    expect(admit(run({ timeMs: 60_000 }), used({ timeMs: 59_999 }))).toMatchObject({ admitted: true })
    expect(admit(run({ timeMs: 60_000 }), used({ timeMs: 60_000 }))).toMatchObject({ admitted: false })
  })

  it('warns of every budget of which four fifths are used or set aside', () => {
    const budgets: Budgets = { ...run({ tokens: 1_000, usd: 100 }), day: { ...NO_LIMITS, invocations: 4 } }
    const use = used({ settled: { inputTokens: 400, invocations: 3 } })
    expect(admit(budgets, use, { inputTokens: 400 })).toEqual({
      admitted: true,
      warnings: [
        { scope: 'run', measure: 'tokens', most: 1_000, used: 800 },
        { scope: 'day', measure: 'invocations', most: 4, used: 4 },
      ],
    })
  })

  it('counts tokens that are written to a cache, and not those that are read from it', () => {
    expect(
      tokensOf({
        ...NO_SPEND,
        inputTokens: 1,
        outputTokens: 10,
        cacheWriteTokens: 100,
        cacheReadTokens: 1_000,
      }),
    ).toBe(111)
  })
})

describe('overdraft', () => {
  const ask = (costUsd: number, use: BudgetUse, reservation = reserved({ costUsd: 2 })): unknown =>
    overdraft({ used: { ...NO_SPEND, costUsd }, reservation }, run({ usd: 10 }), () => use)

  it('ends an attempt that uses more than was set aside once its budget is overdrawn by a tenth', () => {
    const over = used({ settled: { costUsd: 5 }, told: { costUsd: 6.01 } })
    expect(ask(6.01, over)).toEqual({
      scope: 'run',
      measure: 'usd',
      most: 10,
      used: 11.01,
      wanted: 0,
      waits: false,
    })
    expect(ask(6, used({ settled: { costUsd: 5 }, told: { costUsd: 6 } }))).toBe(null)
  })

  it('lets an attempt end that needs no more than was set aside for it, whoever overdrew', () => {
    const over = used({ settled: { costUsd: 15 }, told: { costUsd: 2 } })
    expect(ask(2, over)).toBe(null)
    expect(ask(2.01, over)).not.toBe(null)
  })

  it('takes a guess for no more than it was when the attempt was admitted', () => {
    const guess = { ...reserved({ costUsd: 40 }), isGuess: true }
    expect(ask(11.5, used({ told: { costUsd: 11.5 } }), guess)).not.toBe(null)
    expect(ask(0.5, used({ settled: { costUsd: 15 }, told: { costUsd: 0.5 } }), guess)).toBe(null)
  })

  it('counts what has been used, not what is set aside', () => {
    expect(ask(3, used({ settled: { costUsd: 5 }, inFlight: { costUsd: 20 }, told: { costUsd: 3 } }))).toBe(
      null,
    )
  })
})

describe('the words of a budget', () => {
  const refusal = { scope: 'run', measure: 'usd', most: 10, used: 8, wanted: 3, waits: false } as const

  it('say what is used and what another attempt asks for', () => {
    expect(refusalText(refusal)).toBe(
      'the budget of 10 USD of the run does not hold another attempt: 8 USD are used or set aside, and 3 USD are set aside for one',
    )
    expect(
      taskRefusalText({ ...refusal, scope: 'task', measure: 'timeMs', most: 60_000, used: 61_000 }, 'A B'),
    ).toBe(
      `the budget of 1 min of the task does not hold another attempt: 1 min 1 s are used or set aside; orchestrator task retry 'A B' gives it the same again`,
    )
    expect(warningText({ scope: 'day', measure: 'tokens', most: 1_000, used: 800 })).toBe(
      '800 tokens of 1000 tokens of the day are used or set aside',
    )
  })

  it.each([
    [{ measure: 'usd', most: 0.1, used: 0.333, wanted: 0 }, '--max-usd 0.67'],
    [{ measure: 'usd', most: 1, used: 0, wanted: 5 }, '--max-usd 5'],
    [{ measure: 'invocations', most: 2, used: 2, wanted: 1 }, '--max-invocations 4'],
    [{ measure: 'tokens', most: 100, used: 1_000, wanted: 1, scope: 'day' }, '--max-tokens-per-day 2000'],
    [{ measure: 'timeMs', most: 1_000, used: 5_000, wanted: 1 }, '--max-time 10000ms'],
  ] as const)('name a budget that holds another attempt: %j', (over, flag) => {
    expect(raiseFlag({ ...refusal, ...over })).toBe(flag)
    const raised = { ...refusal, ...over }
    const most = Number.parseFloat(flag.split(' ')[1] ?? '')
    expect(most).toBeGreaterThanOrEqual(raised.used + raised.wanted)
  })
})

const NONE: Budgets = { run: NO_LIMITS, task: NO_LIMITS, day: NO_LIMITS }

function run(limits: Partial<BudgetLimits>): Budgets {
  return { ...NONE, run: { ...NO_LIMITS, ...limits } }
}

function reserved(spend: Partial<Spend>): Reservation {
  return { spend: { ...NO_SPEND, invocations: 1, ...spend }, isGuess: false }
}

function used(use: {
  readonly settled?: Partial<Spend>
  readonly inFlight?: Partial<Spend>
  readonly told?: Partial<Spend>
  readonly running?: number
  readonly timeMs?: number
}): BudgetUse {
  const { settled = {}, inFlight = {}, told = {}, running = 0, timeMs = 0 } = use
  const whole = (spend: Partial<Spend>): Spend => ({ ...NO_SPEND, ...spend })
  return { settled: whole(settled), inFlight: whole(inFlight), told: whole(told), running, timeMs }
}

function admit(
  budgets: Budgets,
  use: BudgetUse,
  spend: Partial<Spend> = {},
): ReturnType<typeof admitAttempt> {
  return admitAttempt(reserved(spend), budgets, () => use)
}
