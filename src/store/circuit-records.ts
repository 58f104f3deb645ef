import type { Circuit, CircuitLevel, CircuitOptions } from '../domain/circuit.ts'
import type { CircuitEnd } from '../domain/circuit-end.ts'

/** The options of each level, as they are configured where the run is worked. */
export type CircuitRules = Readonly<Record<CircuitLevel, CircuitOptions>>

export interface CircuitId {
  readonly run: string
  readonly level: CircuitLevel
  /** `task:stage`, `worker_N`, or `system`. */
  readonly identifier: string
}

/** A circuit that somebody beside the engine asks, or tells what came of it. */
export interface OutsideCircuit extends CircuitId {
  /** One check, by an id that no other has. Where it became a probe, the outcome of that has to name the same. */
  readonly asker: string
  /** Null: those of the run, or where it has none, the defaults. */
  readonly options: CircuitOptions | null
}

/** What a check of a circuit gives; `probe`: the circuit waits for what comes of it. */
export interface CheckAnswer {
  readonly allowed: boolean
  readonly probe: boolean
}

export type OutsideOutcome =
  | { readonly kind: 'success' | 'unknown' }
  | { readonly kind: 'failure'; readonly cause: string; readonly source: string }

export interface CircuitRow extends CircuitId {
  readonly circuit: Circuit
}

/** A circuit as readers see it. */
export interface GuardedCircuit extends CircuitRow {
  /** What became of what it guards; null while that goes on, or can. */
  readonly ended: CircuitEnd | null
  /** The worker that tried the stage last; null at other levels, and where none of the run did. */
  readonly triedBy: string | null
}

/** Something that happened to a circuit, as it is kept until `prune` lets it go. */
export interface CircuitEventRow extends CircuitId {
  readonly at: number
  readonly kind: string
  readonly from: string | null
  readonly to: string | null
  readonly cause: string | null
  readonly data: Readonly<Record<string, unknown>>
}

export interface CircuitHold {
  readonly level: CircuitLevel
  /** Null: until a person resets it. */
  readonly retryAt: number | null
  /** What is waited for is the outcome of a probe; `retryAt` is when that counts as lost. */
  readonly probing: boolean
}
