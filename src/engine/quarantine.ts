import type { TestId } from '../domain/evidence.ts'
import type { FullEvidence } from '../domain/proof.ts'
import type { RunContext } from './context.ts'

/** Tests that disagreed with themselves at a landing count for nothing in this run from now on; a person is told their names. */
export async function quarantine(context: RunContext, task: string, tests: readonly TestId[]): Promise<void> {
  const { store, clock, run } = context
  for (const test of tests) await store.keepEvidence(keyOf(run, test), task, clock.now())
  const events = tests.map(({ file, name }) => ({
    run,
    kind: 'test_quarantined' as const,
    task,
    attempt: null,
    data: { file, name },
  }))
  if (events.length > 0) await store.append(events, clock.now())
}

/** The evidence without what quarantined tests say. */
export async function withoutQuarantined(context: RunContext, evidence: FullEvidence): Promise<FullEvidence> {
  const { store, run } = context
  const known = await Promise.all(
    evidence.regressions.map(({ test }) => store.recallEvidence(keyOf(run, test))),
  )
  if (known.every((task) => task === null)) return evidence
  return { ...evidence, regressions: evidence.regressions.filter((_, index) => known[index] === null) }
}

function keyOf(run: string, { file, name }: TestId): string {
  return `quarantined:${run}:${JSON.stringify([file, name])}`
}
