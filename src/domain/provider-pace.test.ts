import { describe, expect, it } from 'vitest'
import { afterLimit, limited, LONGEST_LIMIT_MS, served } from './provider-pace.ts'

const NOW = 1_000_000
const FULL = { until: 0, atOnce: 8 }

describe('the pace at which agents ask their provider', () => {
  it('is half of those who asked once the provider does not serve, and one at least', () => {
    expect(limited(FULL, { until: NOW + 5_000, asking: 6, now: NOW })).toEqual({
      until: NOW + 5_000,
      atOnce: 3,
    })
    expect(limited({ until: 0, atOnce: 4 }, { until: NOW + 5_000, asking: 9, now: NOW }).atOnce).toBe(2)
    expect(limited(FULL, { until: NOW + 5_000, asking: 1, now: NOW }).atOnce).toBe(1)
  })

  it('is not halved again by those who hear of the same limit, which counts until the last of them', () => {
    const once = limited(FULL, { until: NOW + 5_000, asking: 8, now: NOW })
    const twice = limited(once, { until: NOW + 9_000, asking: 8, now: NOW + 10 })
    expect(twice).toEqual({ until: NOW + 9_000, atOnce: 4 })
    expect(limited(twice, { until: NOW + 2_000, asking: 8, now: NOW + 20 })).toEqual(twice)
    expect(limited(twice, { until: NOW + 20_000, asking: 4, now: NOW + 9_000 }).atOnce).toBe(2)
  })

  it('waits a little where the end of the limit is past already', () => {
    expect(limited(FULL, { until: NOW - 100, asking: 8, now: NOW }).until).toBe(NOW + 1_000)
  })

  it('grows by one with each that is served, up to all', () => {
    expect(served({ until: NOW, atOnce: 3 }, 8)).toEqual({ until: NOW, atOnce: 4 })
    expect(served({ until: NOW, atOnce: 8 }, 8).atOnce).toBe(8)
  })
})

describe('a task whose attempt met a limit', () => {
  const after = (resetAt: number | null, before = 0, chance = 0) =>
    afterLimit(resetAt, { before, now: NOW, chance })

  it('is tried again when the provider said that it serves, in whole milliseconds, and within days', () => {
    expect(after(NOW + 5_000.25)).toEqual({ retryAt: NOW + 5_001, othersAt: NOW + 5_001 })
    expect(after(1e300).retryAt).toBe(NOW + LONGEST_LIMIT_MS)
  })

  it('waits twice as long each time where no time was named, and holds up others for a minute', () => {
    expect([0, 1, 2, 3, 4, 999].map((before) => after(null, before).retryAt - NOW)).toEqual([
      60_000, 120_000, 240_000, 480_000, 480_000, 480_000,
    ])
    expect(after(null, 999).othersAt).toBe(NOW + 60_000)
  })

  it('does not ask at the same time as others that were told the same', () => {
    expect(after(null, 0, 0.5).retryAt).toBe(NOW + 67_500)
  })
})
