import { type TestId, type TestReport, testKey, type TreeId } from '../domain/evidence.ts'
import { firstLine, refuseEach, testFunctions, testLabel } from '../domain/judge-facts.ts'
import type { Suite } from '../domain/suite.ts'
import type { Refusal } from '../domain/verdict.ts'
import { testedNames } from '../verify/tested-names.ts'
import type { Baseline, Laboratory, Verifier } from '../verify/verify.ts'

interface TakenAway {
  readonly suite: Suite
  readonly trees: Pick<Laboratory, 'files' | 'read'>
  readonly baseTree: TreeId
  readonly headTree: TreeId
  readonly baseline: Baseline
  /** All tests of the suite after the change. */
  readonly after: TestReport
  /** Tests that the change wrote. */
  readonly written: readonly TestId[]
  /** The change with the tests of its base. */
  readonly oldTests: () => Promise<TreeId>
}

/**
 * Refuses what a change broke and took the test of away. The tests that are gone run once more as they were, on the
 * sources of the change. One that fails then was broken, unless tests that the change wrote say something else of what it
 * tested: an expectation that changed often changes the name. One that cannot run tested what is gone with it.
 */
export async function checkTakenAway(verifier: Verifier, change: TakenAway): Promise<Refusal[]> {
  const gone = goneTests(change)
  if (gone.length === 0) return []
  const { report } = await verifier.baseline(change.suite, await change.oldTests())
  const results = new Map(report.tests.map((test) => [testKey(test), test]))
  const broken: { readonly test: TestId; readonly message: string }[] = []
  for (const test of gone) {
    const now = results.get(testKey(test))
    if (now?.outcome !== 'failed' || (await isTestedAnew(test, change))) continue
    broken.push({ test, message: now.failure?.message ?? '' })
  }
  return refuseEach(broken, {
    code: 'regression',
    fact: ({ test, message }) =>
      `${testLabel(test)} was taken away, and as it was it fails with the change: ${firstLine(message)}`,
    hint: 'keep what worked working, or let a test say what is to hold instead',
    detail: ({ test, message }) => `${testLabel(test)}: ${message}`,
  })
}

/** Tests that passed at the base and are nowhere any more, neither as another case of their function. */
function goneTests({ baseline, after }: TakenAway): TestId[] {
  const flaky = new Set(baseline.flaky.map(testKey))
  const known = new Set(baseline.report.tests.map(testKey))
  const moved = new Set(after.tests.filter((test) => !known.has(testKey(test))).map(({ name }) => name))
  const present = new Set(after.tests.map(functionKey))
  return baseline.report.tests.filter(
    (test) =>
      test.outcome === 'passed' &&
      !flaky.has(testKey(test)) &&
      !moved.has(test.name) &&
      !present.has(functionKey(test)),
  )
}

function functionKey(test: TestId): string {
  return [test.file, ...testFunctions([test])].join('\0')
}

async function isTestedAnew(test: TestId, change: TakenAway): Promise<boolean> {
  const { suite, trees, baseTree, headTree, written } = change
  const before = await testedNames(trees, { suite, tree: baseTree, file: test.file, tests: [test] })
  const left = new Set(before)
  for (const [file, tests] of Map.groupBy(written, (each) => each.file)) {
    for (const name of await testedNames(trees, { suite, tree: headTree, file, tests })) left.delete(name)
  }
  return left.size === 0
}
