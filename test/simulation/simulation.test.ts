import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FAULTS } from './faults.ts'
import { MUTANTS } from './mutants.ts'
import { simulate } from './simulate.ts'

const SEEDS = 500
const PART = 50
const SOURCES = join(import.meta.dirname, '../../src')

describe('a deliberate bug', () => {
  it.each(MUTANTS.map(({ name, edits }) => [name, edits] as const))('can be made: %s', (_, edits) => {
    for (const { file, find, replace } of edits) {
      const text = readFileSync(join(SOURCES, file), 'utf8')
      expect(text.split(find), `${file}: ${find}`).toHaveLength(2)
      expect(replace).not.toBe(find)
    }
  })
})

describe('the simulation', () => {
  const parts = Array.from(
    { length: SEEDS / PART },
    (_, part) => [part * PART + 1, (part + 1) * PART] as const,
  )

  const cameAbout = new Set<string>()

  it.each(parts)('holds the promises through the seeds %i to %i', async (from, to) => {
    const states = new Set<string>()
    for (let seed = from; seed <= to; seed += 1) {
      const { violation, state, faults } = await simulate({ seed })
      expect(violation, `seed ${seed}`).toBe(null)
      states.add(state)
      for (const fault of faults.keys()) cameAbout.add(fault)
    }
    expect([...states].toSorted()).toEqual(['completed', 'incomplete'])
  })

  it('has brought everything about by then', () => {
    expect(FAULTS.filter((fault) => !cameAbout.has(fault))).toEqual([])
  })

  it.each([1, 7, 42])('does the same for the same seed (%i)', async (seed) => {
    const [one, other] = [await simulate({ seed }), await simulate({ seed })]
    expect(one.trace.length).toBeGreaterThan(100)
    expect(other.trace).toEqual(one.trace)
  })
})
