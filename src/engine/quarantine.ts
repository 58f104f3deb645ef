import { sameTest } from '../domain/evidence.ts'
import type { FullEvidence } from '../domain/proof.ts'
import type { RunContext } from './context.ts'

/** The evidence without what quarantined tests say. Read each time: a person may clear one while a run goes on. */
export async function withoutQuarantined(
  { store }: Pick<RunContext, 'store'>,
  evidence: FullEvidence,
): Promise<FullEvidence> {
  if (evidence.regressions.length === 0) return evidence
  const known = await store.quarantined()
  const regressions = evidence.regressions.filter(({ test }) => !known.some((other) => sameTest(test, other)))
  return regressions.length === evidence.regressions.length ? evidence : { ...evidence, regressions }
}
