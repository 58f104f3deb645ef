import type { LandingReturn } from '../../domain/attempt.ts'
import type { ResourcePoint } from '../../domain/attempt-resources.ts'
import type { DiffPart } from '../../domain/diff-part.ts'
import type { RunPause } from '../../domain/way-on.ts'
import type {
  AttemptRecord,
  CircuitEventRow,
  EventCount,
  LandingReceipt,
  Run,
  SpendSummary,
  Task,
} from '../open-readonly.ts'
import type { WatchedCircuit } from '../circuits.ts'
import type { Html } from './html.ts'
import type { ProvenTest } from './proven-tests.ts'

/** Everything that a report tells of a run, of one moment. */
export interface ReportFacts {
  /** Milliseconds since the epoch. */
  readonly madeAt: number
  /** Its state is `interrupted` where it says that it is running and nobody works on it. */
  readonly run: Run
  /** How it came to rest; null while it is worked. */
  readonly pause: RunPause | null
  readonly tasks: readonly ReportTask[]
  readonly spend: SpendSummary
  readonly circuits: readonly WatchedCircuit[]
  /** The latest last. */
  readonly circuitHistory: readonly CircuitEventRow[]
  readonly events: readonly EventCount[]
  /** Empty where nothing was measured. */
  readonly resources: readonly AttemptResources[]
}

export interface ReportTask {
  readonly task: Task
  readonly attempts: readonly AttemptRecord[]
  readonly returns: readonly LandingReturn[]
  readonly landed: LandingReceipt | null
  /** What the evidence of its last acceptance says about its tests. */
  readonly proven: readonly ProvenTest[]
}

/** What processes of an attempt used, as far as it was sampled. */
export interface AttemptResources {
  readonly attempt: number
  readonly cpuMs: number
  /** 0 where every command ended before anybody looked; so are the processes. */
  readonly peakBytes: number
  readonly processes: number
  readonly points: readonly ResourcePoint[]
}

/** What git knows about a run. */
export interface ReportWork {
  /** Where the target is now; null where it is gone or was never made. */
  readonly head: string | null
  readonly diffs: ReadonlyMap<string, readonly DiffPart[]>
}

/** A part of the page. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly body: Html
  /** What of it is left out, in words. */
  readonly cut: readonly string[]
}
