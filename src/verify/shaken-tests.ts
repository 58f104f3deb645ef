import { type TestId, testKey, type TestReport, type TestResult, type TreeId } from '../domain/evidence.ts'
import { declaresTest } from '../domain/task-path.ts'
import type { TouchedTest } from '../domain/proof.ts'
import { claimedCriteria } from './criteria.ts'
import { filesOf, outcomeIn } from './green.ts'
import type { Measure } from './measure.ts'
import { bodyHashOf, changedBeside } from './touched-tests.ts'
import type { RedRequest } from './verify.ts'

/**
 * Tests that nobody wrote anew and whose expectation changed all the same: they held before and fail now, each time, since
 * something that stands beside them or that they read did change. The task names their file or that.
 */
export async function shakenTests(
  measure: Measure,
  request: RedRequest,
  runs: {
    /** On which the report was made. */
    readonly tree: TreeId
    readonly files: readonly string[]
    readonly report: TestReport
    readonly before: TestReport
    readonly touched: readonly TestId[]
  },
): Promise<Omit<TouchedTest, 'standing'>[]> {
  const { laboratory } = measure
  const { suite, task, changes, baseTree, redTree, claims } = request
  const others = changes.filter(({ path }) => !runs.files.includes(path))
  // Files that nobody changed run since they read what did.
  const namesWhatIsRead = others.some(({ path }) => declaresTest(path, task))
  const suspects = newlyFailed(runs).filter(({ file }) => namesWhatIsRead || declaresTest(file, task))
  if (suspects.length === 0) return []
  const again = await measure.tests({ suite, tree: runs.tree, files: filesOf(suspects), repetition: 1 })
  const shaken: Omit<TouchedTest, 'standing'>[] = []
  for (const { file, name } of suspects) {
    const before = (await laboratory.read(baseTree, file)) ?? ''
    const after = (await laboratory.read(redTree, file)) ?? ''
    if (others.length === 0 && !changedBeside(file, before, after)) continue
    if (outcomeIn(again, { file, name }) !== 'failed') continue
    const criteria = claimedCriteria({ name, told: name }, task, claims)
    shaken.push({ file, name, bodyHash: bodyHashOf(file, after, name), criteria })
  }
  return shaken
}

/** Untouched tests that passed before and fail now. */
function newlyFailed(runs: {
  readonly report: TestReport
  readonly before: TestReport
  readonly touched: readonly TestId[]
}): TestResult[] {
  const touched = new Set(runs.touched.map((test) => testKey(test)))
  const passed = new Set(
    runs.before.tests.filter(({ outcome }) => outcome === 'passed').map((test) => testKey(test)),
  )
  return runs.report.tests.filter(
    (test) => test.failure !== null && passed.has(testKey(test)) && !touched.has(testKey(test)),
  )
}
