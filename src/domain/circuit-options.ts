import type { CircuitLevel, CircuitOptions } from './circuit.ts'

const MINUTE_MS = 60_000

/** Of a window, where a rate is watched. */
export const DEFAULT_RATE = { windowMs: 5 * MINUTE_MS, outcomes: 6, sources: 2 }

/**
 * Where none is configured: the numbers of the mission, with waits that grow. Six outcomes are what two workers have
 * who open at three failures each, so that an outage opens the system's circuit no later than theirs.
 */
export const DEFAULT_CIRCUITS: Readonly<Record<CircuitLevel, CircuitOptions>> = {
  stage: {
    failures: 3,
    rate: null,
    waitMs: 5 * MINUTE_MS,
    growth: 2,
    longestWaitMs: 60 * MINUTE_MS,
    jitter: 0.1,
    probes: 1,
    probeMs: 60 * MINUTE_MS,
    successes: 1,
    extensions: 2,
  },
  worker: {
    failures: 3,
    rate: null,
    waitMs: 5 * MINUTE_MS,
    growth: 2,
    longestWaitMs: 30 * MINUTE_MS,
    jitter: 0.1,
    probes: 1,
    probeMs: 60 * MINUTE_MS,
    successes: 1,
    extensions: 3,
  },
  system: {
    failures: null,
    rate: { share: 0.5, ...DEFAULT_RATE },
    waitMs: 10 * MINUTE_MS,
    growth: 1.5,
    longestWaitMs: 60 * MINUTE_MS,
    jitter: 0.1,
    probes: 1,
    probeMs: 60 * MINUTE_MS,
    successes: 1,
    extensions: 12,
  },
}

/** Fewer workers than a rate asks for can still open the system's circuit: then all of them must have failed. */
export function forWorkers(options: CircuitOptions, workers: number): CircuitOptions {
  const { rate } = options
  if (rate === null || rate.sources <= workers) return options
  return { ...options, rate: { ...rate, sources: Math.max(1, workers) } }
}

/** Why options cannot be meant together; null where they can. */
export function contradiction(options: CircuitOptions): string | null {
  const { failures, rate } = options
  if (failures === null && rate === null) {
    return 'neither failures in a row nor a rate of failures would ever open it'
  }
  if (options.longestWaitMs < options.waitMs) {
    return `the longest wait (${options.longestWaitMs} ms) is shorter than the first (${options.waitMs} ms)`
  }
  if (rate !== null && rate.sources > rate.outcomes) {
    return `${rate.sources} cannot have failed in ${rate.outcomes} outcomes`
  }
  return null
}
