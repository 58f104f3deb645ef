import { type TestId, testKey, type TestReport } from '../domain/evidence.ts'
import { isTestMatter } from '../domain/judge-paths.ts'
import type { OverruledTest } from '../domain/proof.ts'
import { filesOf, outcomeIn } from './green.ts'
import type { Measure } from './measure.ts'
import { testedNames } from './tested-names.ts'
import type { Baseline, FullRequest } from './verify.ts'

/** Runs of the old tests: one failure may be the weather. */
const RUNS = 2

/**
 * Tests that held at the base and that the change rewrote or took away, run once more as they were on the sources of the
 * change. One that fails now was overruled, unless a test that proves says something else of what it tested: an
 * expectation that changed is written anew, often under another name. One that cannot run tested what is gone with it.
 * Nothing runs where no such test is, which is nearly always.
 */
export async function findOverruled(
  measure: Measure,
  request: FullRequest,
  runs: { readonly baseline: Baseline; readonly report: TestReport },
): Promise<OverruledTest[]> {
  const suspects = suspectsOf(request, runs)
  if (suspects.length === 0) return []
  const reports = await runAsTheyWere(measure, request, suspects)
  const overruled: OverruledTest[] = []
  for (const { test, how } of suspects) {
    const failures = reports.filter((report) => outcomeIn(report, test) === 'failed')
    if (failures.length < RUNS || (await isTestedAnew(measure, request, { test, how }))) continue
    const result = failures[0]?.tests.find((each) => testKey(each) === testKey(test))
    overruled.push({ test, how, message: result?.failure?.message ?? '' })
  }
  return overruled
}

type Suspect = Pick<OverruledTest, 'test' | 'how'>

/** Tests that passed at the base and are gone, or are written anew and pass with the sources and without. */
function suspectsOf(
  { task, frozen }: FullRequest,
  { baseline, report }: { readonly baseline: Baseline; readonly report: TestReport },
): Suspect[] {
  const mayDrop = task.kind === 'maintenance' || task.kind === 'scaffold'
  if (mayDrop || baseline.report.end.kind !== 'finished' || report.end.kind !== 'finished') return []
  const flaky = new Set(baseline.flaky.map(testKey))
  const present = new Set(report.tests.map(testKey))
  const unloaded = new Set(report.loadFailures.map(({ file }) => file))
  const rewritten = new Set(
    frozen.filter(({ standing }) => standing.kind === 'characterisation').map(testKey),
  )
  return baseline.report.tests
    .filter((test) => test.outcome === 'passed' && !flaky.has(testKey(test)) && !unloaded.has(test.file))
    .flatMap(({ file, name }): Suspect[] => {
      const test = { file, name }
      if (rewritten.has(testKey(test))) return [{ test, how: 'rewritten' }]
      return present.has(testKey(test)) ? [] : [{ test, how: 'taken away' }]
    })
}

async function runAsTheyWere(
  measure: Measure,
  request: FullRequest,
  suspects: readonly Suspect[],
): Promise<TestReport[]> {
  const { laboratory } = measure
  const { suite, tree, baseTree, changes } = request
  const tests = changes.filter((change) => isTestMatter(change, suite)).map(({ path }) => path)
  const oldTests = await laboratory.graft(tree, baseTree, tests)
  const files = filesOf(suspects.map(({ test }) => test))
  const reports: TestReport[] = []
  for (let repetition = 0; repetition < RUNS; repetition += 1) {
    const report = await measure.tests({ suite, tree: oldTests, files, repetition })
    reports.push(report)
    if (suspects.every(({ test }) => outcomeIn(report, test) !== 'failed')) break
  }
  return reports
}

/** Whether tests that prove use every name of the tree that the old test used. A test that goes by no name is replaced by any, and rewritten by none. */
async function isTestedAnew(
  { laboratory }: Measure,
  { suite, tree, baseTree, frozen }: FullRequest,
  { test, how }: Suspect,
): Promise<boolean> {
  const left = new Set(
    await testedNames(laboratory, { suite, tree: baseTree, file: test.file, tests: [test] }),
  )
  if (left.size === 0) return how === 'taken away'
  const proofs = frozen.filter(({ standing }) => standing.kind === 'fails')
  for (const [file, tests] of Map.groupBy<string, TestId>(proofs, (each) => each.file)) {
    for (const name of await testedNames(laboratory, { suite, tree, file, tests })) left.delete(name)
  }
  return left.size === 0
}
