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
  })

  it('waits longer and longer where it said nothing, or a time that is past', () => {
    const clock = { now: 1_000_000, random: 0 }
    const patience = patienceAt(clock)
    const waits = [null, clock.now - 500, clock.now, null].map((at) => (patience.until(at) ?? 0) - clock.now)
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000])
    patience.renew()
    expect(patience.until(null)).toBe(clock.now + 2_000)
  })

  it('begins with a minute where the client did not try again by itself', () => {
    const clock = { now: 1_000_000, random: 0 }
    expect(patienceAt(clock).until(null, false)).toBe(clock.now + MINUTE_MS)
  })

  it('ends where the provider serves again too late, or has not served for long enough', () => {
    const clock = { now: 1_000_000, random: 0 }
    expect(patienceAt(clock).until(clock.now + 16 * MINUTE_MS)).toBeNull()
    const patience = patienceAt(clock)
    expect(patience.until(null)).not.toBeNull()
    // What the client itself took counts as well.
    clock.now += 15 * MINUTE_MS
    expect(patience.until(null)).toBeNull()
  })
})
