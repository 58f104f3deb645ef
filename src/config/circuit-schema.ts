import { z } from 'zod'
import type { CircuitLevel } from '../domain/circuit.ts'
import { DEFAULT_CIRCUITS, DEFAULT_RATES } from '../domain/circuit-options.ts'
import { option, optionalWith, type Words } from './option.ts'

const DAY_MS = 86_400_000

/** What all circuits of a level have in common; `TDD_CIRCUIT_STAGE_WAIT_MS` and so on set it. */
export function circuitOptions(level: CircuitLevel, { env: failuresEnv }: { readonly env: string }) {
  const defaults = DEFAULT_CIRCUITS[level]
  const env = variableOf(level)
  return {
    maxFailures: optionalWith(z.int().min(1).max(1000), defaults.failures, {
      env: failuresEnv,
      unset: 'the rate decides',
      doc: 'Failures in a row that open it.',
    }),
    rateShare: optionalWith(z.number().positive().max(1), defaults.rate?.share ?? null, {
      env: env('RATE_SHARE'),
      unset: 'failures in a row decide',
      doc: 'Share of failures among the outcomes of the window that opens it, above 0 and at most 1.',
    }),
    ...rateNumbers(level),
    tasks: option(z.int().min(1).max(1000), defaults.tasks, {
      env: env('TASKS'),
      doc: 'Tasks that must have failed among what opens it, as far as so many can be worked, but two at least unless it is 1; never more than `maxFailures` in a row, so that 1 of these opens it at any failure; one at `stage`; at `system` half of the workers where that is more, unless it is 1.',
    }),
    waitMs: option(z.int().min(1).max(DAY_MS), defaults.waitMs, {
      env: env('WAIT_MS'),
      unit: 'ms',
      doc: 'From opening to the first probe.',
    }),
    growth: option(z.number().min(1).max(100), defaults.growth, {
      env: env('GROWTH'),
      doc: 'What the wait is multiplied by each time that a probe fails.',
    }),
    longestWaitMs: option(z.int().min(1).max(DAY_MS), defaults.longestWaitMs, {
      env: env('LONGEST_WAIT_MS'),
      unit: 'ms',
      doc: 'What no wait exceeds, but for its jitter.',
    }),
    jitter: option(z.number().min(0).max(1), defaults.jitter, {
      env: env('JITTER'),
      doc: 'Share of the wait by which it is made shorter or longer at random, 0 to 1.',
    }),
    probes: option(z.int().min(1).max(1000), defaults.probes, {
      env: env('PROBES'),
      doc: 'Probes at once while it is half open.',
    }),
    probeMs: option(z.int().min(1).max(DAY_MS), defaults.probeMs, {
      env: env('PROBE_MS'),
      unit: 'ms',
      doc: 'How long a probe may say nothing before another may start in its stead.',
    }),
    successes: option(z.int().min(1).max(1000), defaults.successes, {
      env: env('SUCCESSES'),
      doc: 'Probes that must succeed to close it.',
    }),
    extensions: optionalWith(z.int().min(0).max(1000), defaults.extensions, {
      env: env('EXTENSIONS'),
      unset: 'no limit',
      doc: 'How often in a row a probe may fail before only a person closes it.',
    }),
  }
}

/** Where no share is given by default no rate is watched, and these say nothing until it is. */
function rateNumbers(level: CircuitLevel) {
  const env = variableOf(level)
  const rate = DEFAULT_RATES[level]
  const ofRate = (shape: z.ZodType<number>, name: keyof typeof rate, words: Words) =>
    optionalWith(shape, DEFAULT_CIRCUITS[level].rate?.[name] ?? null, {
      ...words,
      unset: `${rate[name]} with a \`rateShare\``,
    })
  return {
    rateWindowMs: ofRate(z.int().min(1_000).max(DAY_MS), 'windowMs', {
      env: env('RATE_WINDOW_MS'),
      unit: 'ms',
      doc: 'How far back the window reaches, at most: it begins with the first failure in it, and what fails in its latest part alone opens it as well.',
    }),
    rateOutcomes: ofRate(z.int().min(1).max(10_000), 'outcomes', {
      env: env('RATE_OUTCOMES'),
      doc: 'Outcomes in the window below which no share opens it; in proportion fewer with fewer workers than `rateSources`.',
    }),
    rateSources: ofRate(z.int().min(1).max(1000), 'sources', {
      env: env('RATE_SOURCES'),
      doc: 'Workers that must have failed in the window, as far as there are so many; one at `worker`.',
    }),
  }
}

function variableOf(level: CircuitLevel): (name: string) => string {
  return (name) => `TDD_CIRCUIT_${level.toUpperCase()}_${name}`
}
