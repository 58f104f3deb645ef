/** What a circuit guards: one stage of one task (`task:stage`), one worker, or the whole run. */
export const CIRCUIT_LEVELS = ['stage', 'worker', 'system'] as const
export type CircuitLevel = (typeof CIRCUIT_LEVELS)[number]

/**
 * `closed`: work goes on and failures are counted. `open`: nothing may start. `half_open`: a few probes may, and their
 * outcomes decide. Moved by `circuit-moves.ts` alone.
 */
export type Circuit =
  | {
      readonly state: 'closed'
      readonly since: number
      /** In a row. */
      readonly failures: number
      /** Tasks that failed in this row, each once, as many as are asked for; none where fewer than two are. */
      readonly tasks: readonly string[]
      /** Null while nothing failed lately, or where no rate is watched. */
      readonly window: FailureWindow | null
      readonly history: CircuitHistory
    }
  | {
      readonly state: 'open'
      readonly since: number
      /** From when on a probe may start; null once all extensions are used up: only a person closes it then. */
      readonly probeAt: number | null
      readonly history: CircuitHistory
    }
  | {
      readonly state: 'half_open'
      readonly since: number
      readonly probes: readonly Probe[]
      /** Probes that succeeded since it is half open. */
      readonly successes: number
      readonly history: CircuitHistory
    }
export type CircuitState = Circuit['state']
export const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const satisfies readonly CircuitState[]

/** What each state can change to. */
export const NEXT_STATES = {
  closed: ['open'],
  open: ['half_open', 'closed'],
  half_open: ['open', 'closed'],
} as const satisfies Readonly<Record<CircuitState, readonly CircuitState[]>>

/** Work that may go on in a half-open circuit, and tells by its outcome whether all may. */
interface Probe {
  readonly id: string
  /** When it counts as lost, so that another may start in its stead. */
  readonly until: number
}

/** What a circuit remembers beyond its present state. */
export interface CircuitHistory {
  /** How often it opened from closed, ever. */
  readonly trips: number
  /** How often it opened again in a row because a probe failed; each makes the wait longer. */
  readonly extensions: number
  /** When its state changed lately, oldest first; at most `FLAPPING_CHANGES` + 1 times. */
  readonly changes: readonly number[]
  /** Whether it flapped when its state changed last, or when it was asked since: `flaps` says whether it still does. */
  readonly flapping: boolean
  /** What opened it last. */
  readonly cause: string | null
  /** Tasks that probed it in vain since it opened, the latest last; at most `MOST_TRIED`. */
  readonly tried: readonly string[]
}

/** Outcomes of the time since the first failure that still counts, in slices of equal length, oldest first. */
export interface FailureWindow {
  readonly slices: readonly FailureSlice[]
}

export interface FailureSlice {
  /** When the slice begins. */
  readonly at: number
  readonly failures: number
  readonly successes: number
  /** Who failed in it, each once. */
  readonly sources: readonly string[]
  /** Tasks that failed in it, each once, as many as are asked for; none where fewer than two are. */
  readonly tasks: readonly string[]
}

export interface CircuitOptions {
  /** Failures in a row that open it; null to look at the rate alone. */
  readonly failures: number | null
  /** The rate of failures that opens it; null to count failures in a row alone. */
  readonly rate: FailureRate | null
  /**
   * How many tasks must have failed among what opens it, so that a few open nothing: never more than can be worked, nor
   * than the failures in a row that open it, but two at least unless either is one.
   */
  readonly tasks: number
  /** From opening to the first probe. */
  readonly waitMs: number
  /** What the wait is multiplied by with each extension; 1 or more. */
  readonly growth: number
  readonly longestWaitMs: number
  /** Share of the wait by which it is made shorter or longer at random, 0 to 1. */
  readonly jitter: number
  /** Probes at once. */
  readonly probes: number
  /** How long a probe may take before another may start in its stead. */
  readonly probeMs: number
  /** Probes that must succeed to close it. */
  readonly successes: number
  /** How often it may open again in a row before only a person closes it; null for ever. */
  readonly extensions: number | null
}

export interface FailureRate {
  /** Failures per outcome, above 0 and at most 1. */
  readonly share: number
  readonly windowMs: number
  /** Outcomes below which no rate counts. */
  readonly outcomes: number
  /** How many must have failed among them, so that one alone opens nothing. */
  readonly sources: number
}

/** Something that happened to a circuit, with the numbers behind it. */
export type CircuitFact =
  | {
      readonly kind: 'state_change'
      readonly from: CircuitState
      readonly to: CircuitState
      readonly reason: ChangeReason
      readonly numbers: Readonly<Record<string, number | null>>
    }
  | {
      readonly kind: 'probe_started'
      readonly probe: string
      readonly running: number
      readonly until: number
    }
  | { readonly kind: 'extension_applied'; readonly extensions: number; readonly waitMs: number }
  /** No probe will be tried any more. */
  | { readonly kind: 'extensions_exhausted'; readonly extensions: number }
  | { readonly kind: 'manual_reset'; readonly from: CircuitState }
  /** It is tried now: a person asked for it, or what was under way when it opened succeeded. */
  | { readonly kind: 'wait_skipped'; readonly leftMs: number; readonly by: 'person' | 'success' }
  | {
      readonly kind: 'flapping_detected' | 'flapping_ended'
      readonly changes: number
      readonly windowMs: number
    }

export type ChangeReason =
  | 'failures_in_a_row'
  | 'failure_rate'
  | 'wait_over'
  | 'probe_failed'
  | 'probes_succeeded'
  | 'reset'
  | 'run_ended'

/** A circuit flaps when its state changed more often than this in the time below, and until it changed at most twice in it. */
export const FLAPPING_CHANGES = 5
export const FLAPPING_MS = 300_000
export const CALM_CHANGES = 2

/** What a circuit remembers of flapping is of its last change; it calms down by time alone, also where nobody asks it. */
export function flaps({ history }: Circuit, now: number): boolean {
  return history.flapping && changesLately(history, now).length > CALM_CHANGES
}

export function changesLately({ changes }: CircuitHistory, now: number): number[] {
  return changes.filter((at) => at > now - FLAPPING_MS)
}

/** More tasks than a claim is offered. */
export const MOST_TRIED = 64

const UNTOUCHED: CircuitHistory = {
  trips: 0,
  extensions: 0,
  changes: [],
  flapping: false,
  cause: null,
  tried: [],
}

export function newCircuit(now: number): Circuit {
  return { state: 'closed', since: now, failures: 0, tasks: [], window: null, history: UNTOUCHED }
}

/** Lets everything start, and stays as it is when it is asked. */
export function isCalm(circuit: Circuit): boolean {
  return circuit.state === 'closed' && !circuit.history.flapping
}

/** The stage is behind the last colon of `task:stage`. */
export function stageOf(identifier: string): { readonly task: string; readonly stage: string } {
  const colon = identifier.lastIndexOf(':')
  return { task: identifier.slice(0, colon), stage: identifier.slice(colon + 1) }
}
