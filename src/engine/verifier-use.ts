import type { Meter } from './meter.ts'
import type { ResourceTally } from './resource-tally.ts'

/** For whom a verifier works. */
export interface VerifierUse {
  readonly rank: number
  readonly signal: AbortSignal
  readonly memory: EvidenceMemory
  /** Default: nobody asks for the times. */
  readonly meter?: Meter
  /** Whose commands they are; default: nobody's that is told of. */
  readonly tally?: ResourceTally
}

/** Where evidence is kept by its key, to be used again when tree, command and environment are the same. */
export interface EvidenceMemory {
  /** Measurements under way, by key: two who want the same one share it. */
  readonly underWay: Map<string, Promise<unknown>>
  readonly recall: (key: string) => Promise<string | null>
  readonly keep: (key: string, value: string) => Promise<void>
}
