import { describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS, forWorkers, optionProblem } from './circuit-options.ts'

describe('options of a circuit', () => {
  it.each(Object.entries(DEFAULT_CIRCUITS))('may be the defaults of %s', (_, defaults) => {
    expect(optionProblem(defaults)).toBeNull()
    expect(optionProblem({ ...defaults, extensions: null })).toBeNull()
  })

  it.each<[object, string]>([
    [{ maxFailures: 2 }, 'there is no option maxFailures'],
    [{ probe: 2 }, 'there is no option probe; did you mean "probes"?'],
    [{ failures: 0 }, 'failures is not a whole number from 1 to 1000'],
    [{ failures: null }, 'neither failures in a row nor a rate of failures would ever open it'],
    [{ probes: 0 }, 'probes is not a whole number from 1 to 1000'],
    [{ waitMs: Number.NaN }, 'waitMs is not'],
    [{ jitter: 3 }, 'jitter is not a number from 0 to 1'],
    [{ successes: 1.5 }, 'successes is not a whole number'],
    [{ rate: { share: 0.5 } }, 'windowMs is not'],
    [{ rate: { share: 0, windowMs: 1_000, outcomes: 1, sources: 1 } }, 'share is not'],
    [{ rate: { share: 1, windowMs: 1_000, outcomes: 1, sources: 2 } }, '2 cannot have failed in 1 outcome'],
  ])('may not be %j', (changes, problem) => {
    expect(optionProblem({ ...DEFAULT_CIRCUITS.stage, ...changes })).toContain(problem)
  })

  it('ask of fewer workers than there should be as much as each had to fail', () => {
    const rateFor = (workers: number) => forWorkers(DEFAULT_CIRCUITS.system, workers).rate
    expect(rateFor(3)).toMatchObject({ sources: 2, outcomes: 6 })
    expect(rateFor(2)).toMatchObject({ sources: 2, outcomes: 6 })
    expect(rateFor(1)).toMatchObject({ sources: 1, outcomes: 3 })
  })
})
