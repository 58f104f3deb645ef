import { testKey, type TestId, type TestReport, type TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import { checksOf, measureChecks } from './checks.ts'
import { type Measure, NOTHING_RUN } from './measure.ts'
import type { Baseline } from './verify.ts'

/**
 * Everything the suite says about a tree that people made. Tests that fail run again, their files alone, up to
 * `repeats` times: one that passes then is flaky. Where nothing can be run, the report's end says why.
 */
export async function measureBaseline(
  measure: Measure,
  where: { readonly suite: Suite; readonly tree: TreeId },
  repeats: number,
): Promise<Baseline> {
  try {
    const report = await measure.tests({ ...where, files: null })
    const flaky = await findFlaky(measure, where, { report, repeats })
    const checks = await measureChecks(measure, where, checksOf(where.suite))
    return { report, flaky, checks }
  } catch (cause) {
    if (!(cause instanceof OrchestratorError) || !MACHINE_CODES.has(cause.code)) throw cause
    return {
      report: { ...NOTHING_RUN, end: { kind: 'unavailable', reason: cause.message } },
      flaky: [],
      checks: [],
    }
  }
}

const MACHINE_CODES: ReadonlySet<string> = new Set(['toolchain_missing', 'setup_failed'])

async function findFlaky(
  measure: Measure,
  where: { readonly suite: Suite; readonly tree: TreeId },
  first: { readonly report: TestReport; readonly repeats: number },
): Promise<TestId[]> {
  const flaky: TestId[] = []
  let undecided = failedTests(first.report)
  for (let repetition = 1; repetition <= first.repeats && undecided.length > 0; repetition += 1) {
    const files = [...new Set(undecided.map((test) => test.file))].toSorted()
    const report = await measure.tests({ ...where, files, repetition })
    const passed = new Set(
      report.tests.filter((test) => test.outcome === 'passed').map((test) => testKey(test)),
    )
    flaky.push(...undecided.filter((test) => passed.has(testKey(test))))
    undecided = undecided.filter((test) => !passed.has(testKey(test)))
  }
  return flaky
}

function failedTests(report: TestReport): TestId[] {
  return report.tests.filter((test) => test.outcome === 'failed').map(({ file, name }) => ({ file, name }))
}
