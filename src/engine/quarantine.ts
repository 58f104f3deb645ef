import { sameTest, type TestId } from '../domain/evidence.ts'
import type { FullEvidence } from '../domain/proof.ts'
import type { RunContext } from './context.ts'

/** The evidence without what quarantined tests say. Read each time: a person may clear one while a run goes on. */
export async function withoutQuarantined(
  { store }: Pick<RunContext, 'store'>,
  evidence: FullEvidence,
): Promise<FullEvidence> {
  if (evidence.regressions.length + evidence.overruled.length === 0) return evidence
  const known = await store.quarantined()
  const counts = ({ test }: { readonly test: TestId }): boolean =>
    !known.some((other) => sameTest(test, other))
  return {
    ...evidence,
    regressions: evidence.regressions.filter(counts),
    overruled: evidence.overruled.filter(counts),
  }
}
