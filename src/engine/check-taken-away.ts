import { type TestId, type TestReport, testKey, type TreeId } from '../domain/evidence.ts'
import { refuseTakenAway } from '../domain/judge-taken-away.ts'
import type { Suite } from '../domain/suite.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { Baseline, Verifier } from '../verify/verify.ts'

/** Judges the tests that a change took away: they run once more as they were, on the sources of the change. */
export async function checkTakenAway(
  verifier: Verifier,
  asked: {
    readonly suite: Suite
    readonly baseline: Baseline
    /** All tests of the suite after the change. */
    readonly after: TestReport
    /** The change with the tests of its base. */
    readonly oldTests: () => Promise<TreeId>
  },
): Promise<Refusal[]> {
  const { suite, baseline, after } = asked
  const flaky = new Set(baseline.flaky.map(testKey))
  const passed = baseline.report.tests.filter(
    (test) => test.outcome === 'passed' && !flaky.has(testKey(test)),
  )
  const added = without(after.tests, baseline.report.tests)
  const moved = new Set(added.map(({ name }) => name))
  const gone = without(passed, after.tests).filter(({ name }) => !moved.has(name))
  if (gone.length === 0) return []
  const { report } = await verifier.baseline(suite, await asked.oldTests())
  const still = new Map(report.tests.map((test) => [testKey(test), test]))
  const takenAway = gone.map((test) => {
    const now = still.get(testKey(test))
    const holds = now?.outcome === 'passed'
    return { test, holds, message: holds ? '' : (now?.failure?.message ?? 'it cannot be run any more') }
  })
  return refuseTakenAway(takenAway, added)
}

function without(tests: readonly TestId[], others: readonly TestId[]): TestId[] {
  const known = new Set(others.map(testKey))
  return tests.filter((test) => !known.has(testKey(test))).map(({ file, name }) => ({ file, name }))
}
