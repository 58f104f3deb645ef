import { describe, expect, it } from 'vitest'
import { type LargestSpend, type Beforehand, reservationFor, withLargest } from './reservation.ts'
import { NO_SPEND, type Spend } from './spend.ts'

const price = { input: 10, output: 0, cacheRead: 0, cacheWrite: 0 }
const green: Beforehand = { stage: 'green', tier: 'medium', price, maxTurns: 200 }

describe('reservationFor', () => {
  it('guesses where no attempt of the stage has ended, and says so', () => {
    const guess = reservationFor(green, [largest('red', 'high', { inputTokens: 9e9 })])
    expect(guess).toMatchObject({
      isGuess: true,
      spend: { invocations: 1, inputTokens: 20_000, costUsd: 0.2 },
    })
  })

  it('guesses no more than so many turns can use', () => {
    expect(reservationFor({ ...green, maxTurns: 10 }, []).spend).toMatchObject({ inputTokens: 2_500 })
  })

  it('sets no tokens aside for an agent that never tells any', () => {
    expect(reservationFor({ ...green, maxTurns: null }, [])).toEqual({
      isGuess: true,
      spend: { ...NO_SPEND, invocations: 1 },
    })
  })

  it('sets aside what the largest attempt of the stage used, each amount by itself', () => {
    const history = [
      largest('green', 'medium', { inputTokens: 10, outputTokens: 5, costUsd: 3 }),
      largest('green', null, { inputTokens: 4, outputTokens: 50, costUsd: 1 }),
    ]
    expect(reservationFor(green, history)).toEqual({
      isGuess: false,
      spend: { ...NO_SPEND, invocations: 1, inputTokens: 10, outputTokens: 50, costUsd: 3 },
    })
  })

  it('counts the money by the tier that is to work, and by the price of its model where that is more', () => {
    const history = [
      largest('green', 'low', { inputTokens: 1_000_000, costUsd: 1 }),
      largest('green', 'high', { inputTokens: 10, costUsd: 99 }),
    ]
    expect(reservationFor({ ...green, tier: 'low' }, history).spend.costUsd).toBe(10)
    expect(reservationFor({ ...green, tier: 'high' }, history).spend.costUsd).toBe(99)
    expect(reservationFor({ ...green, tier: 'low', price: null }, history).spend.costUsd).toBe(1)
  })
})

function largest(
  stage: LargestSpend['stage'],
  tier: LargestSpend['tier'],
  spend: Partial<Spend>,
): LargestSpend {
  return { stage, tier, spend: { ...NO_SPEND, invocations: 1, ...spend } }
}

describe('withLargest', () => {
  it('keeps one entry for a stage and tier, with the most of each amount', () => {
    const one = { stage: 'red', tier: 'high', spend: { ...NO_SPEND, inputTokens: 5, costUsd: 2 } } as const
    const two = { stage: 'red', tier: 'high', spend: { ...NO_SPEND, inputTokens: 9, costUsd: 1 } } as const
    const other = { stage: 'green', tier: 'high', spend: NO_SPEND } as const
    expect([one, other, two].reduce<readonly LargestSpend[]>(withLargest, [])).toEqual([
      other,
      { ...one, spend: { ...NO_SPEND, inputTokens: 9, costUsd: 2 } },
    ])
  })
})
