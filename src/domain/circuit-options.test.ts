import { describe, expect, it } from 'vitest'
import { CIRCUIT_LEVELS } from './circuit.ts'
import { DEFAULT_CIRCUITS, DEFAULT_RATES, forWorkers, optionProblem } from './circuit-options.ts'

describe('options of a circuit', () => {
  it.each(CIRCUIT_LEVELS)('may be the defaults of %s, with a rate as well', (level) => {
    const defaults = DEFAULT_CIRCUITS[level]
    expect(optionProblem(level, defaults)).toBeNull()
    const rate = { share: 0.5, ...DEFAULT_RATES[level] }
    expect(optionProblem(level, { ...defaults, extensions: null, rate })).toBeNull()
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
    expect(optionProblem('stage', { ...DEFAULT_CIRCUITS.stage, ...changes })).toContain(problem)
  })

  it('may not ask for more workers or tasks than one circuit is of', () => {
    const rate = { share: 0.5, windowMs: 1_000, outcomes: 6, sources: 2 }
    expect(optionProblem('worker', { ...DEFAULT_CIRCUITS.worker, rate })).toMatch(/2 workers cannot/)
    expect(optionProblem('stage', { ...DEFAULT_CIRCUITS.stage, rate })).toBeNull()
    expect(optionProblem('stage', { ...DEFAULT_CIRCUITS.stage, tasks: 2 })).toMatch(/2 tasks cannot/)
  })

  it('ask of fewer workers than there should be as much as each had to fail', () => {
    const stage = { ...DEFAULT_CIRCUITS.stage, rate: { share: 1, windowMs: 1_000, outcomes: 4, sources: 2 } }
    const rateFor = (level: 'stage' | 'system', workers: number) =>
      forWorkers({ ...DEFAULT_CIRCUITS, stage }, workers)[level].rate
    expect(rateFor('system', 3)).toMatchObject({ sources: 2, outcomes: 6 })
    expect(rateFor('system', 2)).toMatchObject({ sources: 2, outcomes: 6 })
    expect(rateFor('system', 1)).toMatchObject({ sources: 1, outcomes: 3 })
    expect(rateFor('stage', 1)).toMatchObject({ sources: 1, outcomes: 2 })
  })

  it('ask for three tasks, or for as many as half of the workers can have in hand', () => {
    const tasks = [1, 3, 6, 8, 9].map((workers) => forWorkers(DEFAULT_CIRCUITS, workers).system.tasks)
    expect(tasks).toEqual([3, 3, 3, 4, 5])
    expect(forWorkers(DEFAULT_CIRCUITS, 8).worker.tasks).toBe(3)
    const one = { ...DEFAULT_CIRCUITS, system: { ...DEFAULT_CIRCUITS.system, tasks: 1 } }
    expect(forWorkers(one, 8).system.tasks).toBe(1)
  })
})
