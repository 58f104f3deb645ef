import { createVerifier } from '../verify/verifier.ts'
import type { Verifier } from '../verify/verify.ts'
import type { RunContext, Workshop } from './context.ts'
import { openLaboratory, storedEvidence, VERIFICATION_RANK } from './laboratory.ts'
import { Meter } from './meter.ts'
import type { RunningStage } from './stage-call.ts'
import type { VerifierUse } from './verifier-use.ts'

/** The verifier of an attempt: the time and the resources that its commands take are those of the attempt. */
export function verifierOf(context: RunContext, { call, meter, tally }: RunningStage): Verifier {
  return verifierFor(context, {
    meter,
    tally,
    rank: VERIFICATION_RANK.stage,
    signal: call.signal,
    memory: storedEvidence(context),
  })
}

/** The verifier for one attempt, one landing or one question: its commands are metered, ranked and stopped together. */
export function verifierFor(workshop: Workshop, use: VerifierUse): Verifier {
  return workshop.openVerifier(workshop, use)
}

/** Verifies by commands in slots of proofs. */
export function openVerifierInSlots(workshop: Workshop, use: VerifierUse): Verifier {
  const { repeats, baselineRepeats } = workshop.settings
  const laboratory = openLaboratory(workshop, { ...use, meter: use.meter ?? new Meter(workshop.clock) })
  return createVerifier({ laboratory, clock: workshop.clock, options: { repeats, baselineRepeats } })
}
