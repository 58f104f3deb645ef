import { createVerifier } from '../verify/verifier.ts'
import type { Verifier } from '../verify/verify.ts'
import type { Workshop } from './context.ts'
import { type EvidenceMemory, openLaboratory } from './laboratory.ts'
import { Meter } from './meter.ts'
import type { ResourceTally } from './resource-tally.ts'

/** The verifier for one attempt, one landing or one question: its commands are metered, ranked and stopped together. */
export function verifierFor(
  workshop: Workshop,
  use: {
    readonly rank: number
    readonly signal: AbortSignal
    readonly memory: EvidenceMemory
    /** Default: nobody asks for the times. */
    readonly meter?: Meter
    /** Whose commands they are; default: nobody's that is told of. */
    readonly tally?: ResourceTally
  },
): Verifier {
  const { repeats, baselineRepeats } = workshop.settings
  const laboratory = openLaboratory(workshop, { ...use, meter: use.meter ?? new Meter(workshop.clock) })
  return createVerifier({ laboratory, clock: workshop.clock, options: { repeats, baselineRepeats } })
}
