import type { CircuitLevel, CircuitOptions, FailureRate } from './circuit.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { didYouMean } from './suggest.ts'
import { counted } from './wording.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

const OUTCOMES = 6

/** As many outcomes as are asked for, one after the other, of agents that hang until they count as stalled. */
const WINDOW_MS = OUTCOMES * DEFAULT_LIMITS.stallMs

/** Of a window, where a rate is watched. A worker is alone with its circuit, and a task mostly has one worker. */
export const DEFAULT_RATES: Readonly<Record<CircuitLevel, Omit<FailureRate, 'share'>>> = {
  stage: { windowMs: WINDOW_MS, outcomes: OUTCOMES, sources: 1 },
  worker: { windowMs: WINDOW_MS, outcomes: OUTCOMES, sources: 1 },
  system: { windowMs: WINDOW_MS, outcomes: OUTCOMES, sources: 2 },
}

/**
 * Where none is configured: the numbers of the predecessor, with waits that grow and a window that slow failures fit into.
 * Six outcomes are what two workers have who fail three times each. Three tasks are more than a few that are themselves at
 * fault: two of them stop no worker and no run. In an outage whose failures fit into the window the run's circuit opens no
 * later than those of its workers, each of whom has to fail at three tasks by itself.
 */
export const DEFAULT_CIRCUITS: Readonly<Record<CircuitLevel, CircuitOptions>> = {
  stage: {
    failures: 3,
    rate: null,
    tasks: 1,
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
    tasks: 3,
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
    rate: { share: 0.5, ...DEFAULT_RATES.system },
    tasks: 3,
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

/** What asks from outside may only look, or be gone: unless it says otherwise, a run does not wait for it for an hour. */
export const OUTSIDE_PROBE_MS = 5 * MINUTE_MS

/**
 * Fewer workers than a rate asks for can still open a circuit: then all of them must have failed, and as many outcomes are
 * enough as so many have. What holds many workers back, the run's, asks for as many tasks as half of them can have in hand.
 */
export function forWorkers(rules: Rules, workers: number): Rules {
  const half = Math.ceil(workers / 2)
  return {
    stage: { ...rules.stage, rate: rateFor(rules.stage.rate, workers) },
    worker: rules.worker,
    system: {
      ...rules.system,
      rate: rateFor(rules.system.rate, workers),
      // Who asks for one wants that one is enough.
      tasks: rules.system.tasks === 1 ? 1 : Math.max(rules.system.tasks, half),
    },
  }
}

type Rules = Readonly<Record<CircuitLevel, CircuitOptions>>

function rateFor(rate: FailureRate | null, workers: number): FailureRate | null {
  if (rate === null || rate.sources <= workers) return rate
  const sources = Math.max(1, workers)
  return { ...rate, sources, outcomes: Math.ceil((rate.outcomes * sources) / rate.sources) }
}

/** What each option may be, from and to; null where it may be left open. As the schema of the configuration says it. */
const RANGES = {
  failures: { from: 1, to: 1_000, whole: true, orNull: true },
  tasks: { from: 1, to: 1_000, whole: true },
  waitMs: { from: 1, to: DAY_MS, whole: true },
  growth: { from: 1, to: 100 },
  longestWaitMs: { from: 1, to: DAY_MS, whole: true },
  jitter: { from: 0, to: 1 },
  probes: { from: 1, to: 1_000, whole: true },
  probeMs: { from: 1, to: DAY_MS, whole: true },
  successes: { from: 1, to: 1_000, whole: true },
  extensions: { from: 0, to: 1_000, whole: true, orNull: true },
} as const satisfies Record<Exclude<keyof CircuitOptions, 'rate'>, Range>

const RATE_RANGES = {
  share: { from: 0.000001, to: 1 },
  windowMs: { from: 1_000, to: DAY_MS, whole: true },
  outcomes: { from: 1, to: 10_000, whole: true },
  sources: { from: 1, to: 1_000, whole: true },
} as const satisfies Record<keyof FailureRate, Range>

interface Range {
  readonly from: number
  readonly to: number
  readonly whole?: boolean
  readonly orNull?: boolean
}

/** What is wrong with options that no schema has seen: unknown, out of range, or contradictory. Null where nothing is. */
export function optionProblem(level: CircuitLevel, options: CircuitOptions): string | null {
  const { rate, ...others } = options
  const one = rangeProblem(others, RANGES) ?? (rate === null ? null : rangeProblem({ ...rate }, RATE_RANGES))
  return one ?? contradiction(level, options)
}

function rangeProblem(
  values: Readonly<Record<string, unknown>>,
  ranges: Readonly<Record<string, Range>>,
): string | null {
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(ranges, name))
      return `there is no option ${name}; ${didYouMean(name, Object.keys(ranges), `they are ${Object.keys(ranges).join(', ')}`)}`
  }
  for (const [name, { from, to, whole = false, orNull = false }] of Object.entries(ranges)) {
    const value = values[name]
    if (orNull && value === null) continue
    const isFit =
      typeof value === 'number' && value >= from && value <= to && (!whole || Number.isInteger(value))
    if (!isFit) return `${name} is not a ${whole ? 'whole ' : ''}number from ${from} to ${to}`
  }
  return null
}

/** Why options cannot be meant together; null where they can. */
export function contradiction(level: CircuitLevel, options: CircuitOptions): string | null {
  const { failures, rate, tasks } = options
  if (failures === null && rate === null) {
    return 'neither failures in a row nor a rate of failures would ever open it'
  }
  if (options.longestWaitMs < options.waitMs) {
    return `the longest wait (${options.longestWaitMs} ms) is shorter than the first (${options.waitMs} ms)`
  }
  if (rate !== null && rate.sources > rate.outcomes) {
    return `${rate.sources} cannot have failed in ${counted(rate.outcomes, 'outcome')}`
  }
  if (level === 'worker' && rate !== null && rate.sources > 1) {
    return `${rate.sources} workers cannot have failed: it is the circuit of one`
  }
  if (level === 'stage' && tasks > 1) return `${tasks} tasks cannot have failed: it is the circuit of one`
  return null
}
