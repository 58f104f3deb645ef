import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timeScale } from './time-scale.ts'

const HOUR = 3_600_000

describe('the time scale', () => {
  it('is even where something always happens', () => {
    const scale = timeScale([{ from: 100, to: 200 }], 1_000)
    expect([100, 150, 200].map(scale.x)).toEqual([0, 500, 1_000])
    expect(scale.breaks).toEqual([])
  })

  it('makes a long time in which nothing happened short, and says how long it was', () => {
    const scale = timeScale(
      [
        { from: 0, to: 60_000 },
        { from: 9 * HOUR, to: 9 * HOUR + 60_000 },
      ],
      1_000,
    )
    expect(scale.breaks).toMatchObject([{ ms: 9 * HOUR - 60_000 }])
    expect(scale.x(60_000)).toBeGreaterThan(400)
    expect(scale.x(9 * HOUR)).toBeLessThan(600)
    expect(scale.x(9 * HOUR + 60_000)).toBeCloseTo(1_000)
  })

  it('has marks at even times after the beginning', () => {
    const scale = timeScale([{ from: 1_000, to: 301_000 }], 1_000)
    expect(scale.ticks.map(({ afterMs }) => afterMs)).toEqual([0, 60_000, 120_000, 180_000, 240_000, 300_000])
    expect(timeScale([], 1_000).ticks).toEqual([])
  })

  it('never goes back, and stays within the width', () => {
    const spans = fc.array(fc.tuple(fc.nat(10 * HOUR), fc.nat(HOUR)), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(spans, (pairs) => {
        const scale = timeScale(
          pairs.map(([from, took]) => ({ from, to: from + took })),
          900,
        )
        const times = pairs.flatMap(([from, took]) => [from, from + took]).toSorted((a, b) => a - b)
        const places = times.map(scale.x)
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        expect(Math.min(...places)).toBeGreaterThanOrEqual(0)
        expect(Math.max(...places)).toBeLessThanOrEqual(900.001)
        expect(scale.ticks.length).toBeLessThan(40)
      }),
      { seed: 5, numRuns: 200 },
    )
  })
})
