import { isWholeFile, testKey, type TestId, type TestReport, type TreeId } from '../domain/evidence.ts'
import type { RegressionSuspect } from '../domain/proof.ts'
import type { Suite } from '../domain/suite.ts'
import { measureBaseline } from './baseline.ts'
import { type Measure, NOTHING_RUN } from './measure.ts'
import type { Baseline } from './verify.ts'

/** Files that run alone when their tests are suspected; beyond that they run together. */
const MAX_FILES_ALONE = 20
/** A suspect is counted over three runs on either tree, the first one here included. */
const AGAIN_HERE = 2
const AGAIN_ON_BASE = 3

interface ComparedSuite {
  readonly suite: string
  readonly baseline: Baseline
  readonly report: TestReport
  readonly regressions: readonly RegressionSuspect[]
  /** Tests that the base does not have. */
  readonly added: readonly TestId[]
}

/** Every test of a suite on both trees; where the base cannot be run, there is nothing to compare and nothing runs. */
export async function compareSuite(
  measure: Measure,
  request: { readonly suite: Suite; readonly baseTree: TreeId; readonly tree: TreeId },
  baselineRepeats: number,
): Promise<ComparedSuite> {
  const { suite, baseTree, tree } = request
  const baseline = await measureBaseline(measure, { suite, tree: baseTree }, baselineRepeats)
  const { end } = baseline.report
  const report =
    end.kind === 'unavailable' ? { ...NOTHING_RUN, end } : await measure.tests({ suite, tree, files: null })
  return {
    suite: suite.name,
    baseline,
    report,
    regressions: await findRegressions(measure, request, { baseline, report }),
    added: addedTests(baseline.report, report),
  }
}

function addedTests(before: TestReport, now: TestReport): TestId[] {
  const known = new Set(before.tests.map((test) => testKey(test)))
  return now.tests.filter((test) => !known.has(testKey(test))).map(({ file, name }) => ({ file, name }))
}

/**
 * Tests that passed at the base and do not now, and files that fail behind their tests, each run alone again on both
 * trees. What failed or flickered at the base never counts, and a base whose run did not finish says nothing.
 */
async function findRegressions(
  measure: Measure,
  request: { readonly suite: Suite; readonly baseTree: TreeId; readonly tree: TreeId },
  runs: { readonly baseline: Baseline; readonly report: TestReport },
): Promise<RegressionSuspect[]> {
  const { suite, tree, baseTree } = request
  const { baseline, report } = runs
  if (baseline.report.end.kind !== 'finished' || report.end.kind !== 'finished') return []
  const tests = suspectsOf(baseline, report)
  const failing = failingFiles([report], baseline)
  const found: RegressionSuspect[] = []
  for (const files of groups([...new Set([...tests, ...failing].map(({ test }) => test.file))].toSorted())) {
    const here = [report, ...(await repeat(measure, { suite, tree, files, times: AGAIN_HERE }))]
    const base = await repeat(measure, { suite, tree: baseTree, files, times: AGAIN_ON_BASE })
    for (const { test, message } of [...tests, ...failingFiles(here, baseline)]) {
      if (!files.includes(test.file)) continue
      found.push({
        test,
        message,
        here: { failed: failures(here, test), runs: here.length },
        base: { failed: failures(base, test), runs: base.length },
      })
    }
  }
  return found
}

interface Suspect {
  readonly test: TestId
  readonly message: string
}

function suspectsOf(baseline: Baseline, report: TestReport): Suspect[] {
  const flaky = new Set(baseline.flaky.map((test) => testKey(test)))
  const now = new Map(report.tests.map((test) => [testKey(test), test]))
  const loads = new Map(report.loadFailures.map(({ file, failure }) => [file, failure.message]))
  return baseline.report.tests
    .filter((test) => test.outcome === 'passed' && !flaky.has(testKey(test)))
    .flatMap(({ file, name }) => {
      const result = now.get(testKey({ file, name }))
      if (result?.outcome === 'passed') return []
      const message =
        result?.failure?.message ?? loads.get(file) ?? (result === undefined ? 'missing' : result.outcome)
      return [{ test: { file, name }, message }]
    })
}

/**
 * A process may fail behind its tests: by its exit code, or by what was not waited for. Such a file stands under its own
 * name. Any of the runs may tell: most runners keep silent about it in one in which a test failed.
 */
function failingFiles(reports: readonly TestReport[], baseline: Baseline): Suspect[] {
  const before = new Set(baseline.report.loadFailures.map(({ file }) => file))
  const messages = new Map<string, string>()
  for (const { file, failure } of reports.flatMap(({ loadFailures }) => loadFailures)) {
    if (!before.has(file) && !messages.has(file)) messages.set(file, failure.message)
  }
  return [...messages].map(([file, message]) => ({ test: { file, name: file }, message }))
}

/** One file at a time, or all together when there are too many. */
function groups(files: readonly string[]): (readonly string[])[] {
  return files.length <= MAX_FILES_ALONE ? files.map((file) => [file]) : [files]
}

async function repeat(
  measure: Measure,
  run: {
    readonly suite: Suite
    readonly tree: TreeId
    readonly files: readonly string[]
    readonly times: number
  },
): Promise<TestReport[]> {
  const { suite, tree, files, times } = run
  const present = await measure.laboratory.files(tree)
  const existing = files.filter((file) => present.has(file))
  const reports: TestReport[] = []
  if (existing.length === 0) return reports
  for (let repetition = 1; repetition <= times; repetition += 1) {
    reports.push(await measure.tests({ suite, tree, files: existing, repetition }))
  }
  return reports
}

function failures(reports: readonly TestReport[], test: TestId): number {
  const key = testKey(test)
  return reports.filter(({ tests, loadFailures }) => {
    if (isWholeFile(test)) return loadFailures.some(({ file }) => file === test.file)
    return !tests.some((result) => testKey(result) === key && result.outcome === 'passed')
  }).length
}
