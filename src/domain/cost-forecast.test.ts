import { describe, expect, it } from 'vitest'
import { forecastCost, type KnownCosts, type StageAhead, type StageRecord } from './cost-forecast.ts'
import type { AgentStage } from './stage.ts'

const red: StageAhead = { stage: 'red', tier: 'high' }
const green: StageAhead = { stage: 'green', tier: 'medium' }
const UNKNOWN: KnownCosts = { records: [], tasks: 0, typical: () => ({ usd: 1, tokens: 100 }) }

describe('the forecast of what a run costs', () => {
  it('guesses where nothing like it has ended, and doubts itself', () => {
    const { calls, usd, tokens, basis } = forecastCost([red, green], UNKNOWN)
    expect(basis).toBe('guess')
    expect(calls.expected).toBeCloseTo(2.6)
    expect(calls.low).toBe(2)
    expect(usd?.expected).toBeCloseTo(2.6)
    expect(usd?.high).toBeGreaterThan(1.9 * 2.6)
    expect(tokens?.expected).toBeCloseTo(260)
  })

  it('says nothing of money where nobody can guess it', () => {
    expect(forecastCost([red], { ...UNKNOWN, typical: () => null })).toMatchObject({
      usd: null,
      tokens: null,
    })
  })

  it('goes by what attempts of the same stage and tier used', () => {
    const known = {
      ...UNKNOWN,
      tasks: 4,
      records: [recorded('red', 'high', [2, 2, 2, 2]), recorded('green', 'medium', [1, 1, 1, 1])],
    }
    const whole = forecastCost([red, green, red, green], known)
    expect(whole).toMatchObject({ basis: 'history', calls: { low: 4, expected: 4, high: 4 } })
    expect(whole.usd).toEqual({ low: 6, expected: 6, high: 6 })
    expect(forecastCost([red, { ...green, tier: 'low' }], known).basis).toBe('both')
  })

  it('expects retries as often as they were needed, and knows that they cost', () => {
    const records = [recorded('red', 'high', [2, 2, 2, 2]), recorded('red_fix', 'high', [2, 2])]
    const { calls, usd } = forecastCost([red, red], { ...UNKNOWN, tasks: 4, records })
    expect(calls.expected).toBeCloseTo(3)
    expect(calls.high).toBeGreaterThan(3.5)
    expect(usd?.expected).toBeCloseTo(6)
    expect(usd?.high).toBeGreaterThan(7)
  })

  it('is narrower the more is known', () => {
    const width = (times: number): number => {
      const records = [
        recorded(
          'red',
          'high',
          Array.from({ length: times }, (_, place) => 1 + (place % 2)),
        ),
      ]
      const { usd } = forecastCost([red, red, red], { ...UNKNOWN, tasks: times, records })
      return (usd?.high ?? NaN) - (usd?.low ?? NaN)
    }
    expect(width(40)).toBeLessThan(width(4))
  })

  it('holds eight of ten runs that are like those before', () => {
    const random = lottery(5)
    const cost = (): number => 0.2 + random() * 2
    let within = 0
    for (let round = 0; round < 400; round += 1) {
      const records = [recorded('red', 'high', Array.from({ length: 20 }, cost))]
      const { usd } = forecastCost(
        Array.from({ length: 10 }, () => red),
        { ...UNKNOWN, tasks: 20, records },
      )
      const truth = Array.from({ length: 10 }, cost).reduce((sum, each) => sum + each, 0)
      if (truth >= (usd?.low ?? NaN) && truth <= (usd?.high ?? NaN)) within += 1
    }
    expect(within / 400).toBeGreaterThan(0.74)
    expect(within / 400).toBeLessThan(0.88)
  })

  it('is nothing where nothing is left', () => {
    const none = { low: 0, expected: 0, high: 0 }
    expect(forecastCost([], UNKNOWN)).toMatchObject({ calls: none, usd: none, tokens: none })
  })
})

function recorded(stage: AgentStage, tier: StageRecord['tier'], each: readonly number[]): StageRecord {
  const moments = {
    sum: each.reduce((sum, one) => sum + one, 0),
    squares: each.reduce((sum, one) => sum + one ** 2, 0),
  }
  return { stage, tier, attempts: each.length, usd: moments, tokens: moments }
}

/** The same numbers each time. */
function lottery(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
}
