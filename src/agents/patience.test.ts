import { describe, expect, it } from 'vitest'
import { Patience } from './patience.ts'

const MINUTE_MS = 60_000

function patienceAt(clock: { now: number; random: number }): Patience {
  return new Patience({ now: () => clock.now, random: () => clock.random }, 15 * MINUTE_MS)
}

describe('the patience of an attempt with its provider', () => {
  it('waits until the provider said that it serves again, and a little longer', () => {
    const clock = { now: 1_000_000, random: 0 }
    expect(patienceAt(clock).until(clock.now + 3_000)).toBe(clock.now + 3_000)
    expect(patienceAt({ ...clock, random: 1 }).until(clock.now + 3_000)).toBe(clock.now + 3_750)
    expect(patienceAt({ ...clock, random: 1 }).until(clock.now + 2 * MINUTE_MS)).toBe(
      clock.now + 2 * MINUTE_MS + 1_000,
    )
    expect(patienceAt({ ...clock, random: 0.5 }).until(clock.now - 500)).toBe(clock.now + 50)
  })

  it('waits longer and longer where it said nothing', () => {
    const clock = { now: 1_000_000, random: 0 }
    const patience = patienceAt(clock)
    const waits = [1, 2, 3, 4].map(() => (patience.until(null) ?? 0) - clock.now)
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000])
  })

  it('ends where the provider serves again too late, or was waited for long enough', () => {
    const clock = { now: 1_000_000, random: 0 }
    expect(patienceAt(clock).until(clock.now + 16 * MINUTE_MS)).toBeNull()
    const patience = patienceAt(clock)
    const waits = Array.from({ length: 20 }, () => patience.until(clock.now + 4 * MINUTE_MS))
    expect(waits.filter((each) => each !== null)).toHaveLength(3)
    const silent = patienceAt(clock)
    expect(Array.from({ length: 20 }, () => silent.until(null)).filter((each) => each !== null).length).toBe(
      8,
    )
  })
})
