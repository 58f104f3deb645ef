import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'

const SEEDS = 200

describe('the simulation', () => {
  it(`holds the promises through ${SEEDS} seeds`, async () => {
    const states = new Set<string>()
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violation, state } = await simulate({ seed })
      expect(violation, `seed ${seed}`).toBe(null)
      states.add(state)
    }
    expect([...states].toSorted()).toEqual(['completed', 'incomplete'])
  })

  it.each([1, 7, 42])('does the same for the same seed (%i)', async (seed) => {
    const [one, other] = [await simulate({ seed }), await simulate({ seed })]
    expect(one.trace.length).toBeGreaterThan(100)
    expect(other.trace).toEqual(one.trace)
  })
})
