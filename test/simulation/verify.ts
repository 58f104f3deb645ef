import {
  type PathChange,
  sameTest,
  testKey,
  type TestReport,
  type TestResult,
  type TreeId,
} from '../../src/domain/evidence.ts'
import type { TouchedTest } from '../../src/domain/proof.ts'
import type { Verifier } from '../../src/verify/verify.ts'
import { isTestPath, runTestsOf, type SimulatedTest, testsIn } from './language.ts'
import type { SimulatedRepository } from './repository.ts'

/** Takes the time of a run in a slot; throws where the machine fails, or whoever asked was stopped. */
type TakeTime = (what: string) => Promise<void>

/** Gathers evidence of trees in the language of the simulation, with the facts of the real one. */
export function simulatedVerifier(repository: SimulatedRepository, takeTime: TakeTime): Verifier {
  const textsOf = (tree: TreeId): ReadonlyMap<string, string> =>
    new Map([...repository.files(tree)].map(([path, { id }]) => [path, repository.blob(id).toString('utf8')]))
  const reportOf = (tree: TreeId, files?: readonly string[]): TestReport =>
    finished(runTestsOf(textsOf(tree), (path) => isTestPath(path) && files?.includes(path) !== false))
  return {
    ready: () => takeTime('ready'),
    baseline: async (_, tree) => {
      await takeTime('baseline')
      return { report: reportOf(tree), flaky: [], checks: [] }
    },
    red: async ({ task, baseTree, redTree, changes }) => {
      await takeTime('red')
      const [before, after] = [textsOf(baseTree), textsOf(redTree)]
      const files = changedTests(changes)
      const results = runTestsOf(after, (path) => files.includes(path))
      const touched = files
        .flatMap((file) => newTests(file, before.get(file), after.get(file)))
        .map((test): TouchedTest => {
          const { file, name, bodyHash } = test
          const failed = results.some((result) => sameTest(result, test) && result.outcome === 'failed')
          const criteria = task.criteria.map(({ id }) => id).filter((id) => name.includes(id))
          const standing = failed
            ? ({ kind: 'fails', reason: 'assertion', message: 'it fails', perFile: false } as const)
            : ({ kind: 'characterisation' } as const)
          return { file, name, bodyHash, criteria, standing }
        })
      const own = new Set(touched.map(testKey))
      return {
        kind: 'red',
        changes,
        touched,
        shaken: [],
        stubs: [],
        report: finished(results),
        untouched: runTestsOf(before, (path) => files.includes(path))
          .filter((test) => !own.has(testKey(test)))
          .map(({ file, name, outcome }) => ({
            test: { file, name },
            before: outcome,
            now: results.find((result) => sameTest(result, { file, name }))?.outcome ?? 'missing',
          })),
        rejectedClaims: [],
        findings: [],
        commands: [['simulated']],
      }
    },
    green: async ({ redTree, greenTree, frozen, changes }) => {
      await takeTime('green')
      return greenEvidence(reportOf, { redTree, greenTree, frozen, changes })
    },
    full: async ({ baseTree, tree, testsTree, frozen, changes }) => {
      await takeTime('full')
      const report = reportOf(tree)
      const green = greenEvidence(reportOf, { redTree: testsTree, greenTree: tree, frozen, changes })
      const without = reportOf(testsTree, filesOf(frozen))
      return {
        kind: 'full',
        green,
        repeats: frozen.map(({ file, name }) => ({
          test: { file, name },
          outcomes: [outcomeIn(green.report, { file, name })],
        })),
        regressions: regressions(reportOf(baseTree), report),
        overruled: [],
        added: [],
        report,
        baseEnd: { kind: 'finished', exitCode: 0 },
        otherRuns: [],
        checks: [],
        verifySteps: [],
        removal: {
          standings: frozen.map((test) => ({
            ...test,
            standing:
              outcomeIn(without, test) === 'failed'
                ? { kind: 'fails', reason: 'assertion', message: 'it fails', perFile: false }
                : { kind: 'characterisation' },
          })),
          stubs: [],
        },
        findings: [],
        commands: [['simulated']],
      }
    },
  }
}

function changedTests(changes: readonly PathChange[]): string[] {
  return changes
    .filter(({ path, change }) => isTestPath(path) && change !== 'deleted')
    .map(({ path }) => path)
}

function newTests(file: string, before: string | undefined, after: string | undefined): SimulatedTest[] {
  const old = new Set(testsIn(file, before ?? '').map(({ bodyHash }) => bodyHash))
  return testsIn(file, after ?? '').filter(({ bodyHash }) => !old.has(bodyHash))
}

function greenEvidence(
  reportOf: (tree: TreeId, files?: readonly string[]) => TestReport,
  of: {
    readonly redTree: TreeId
    readonly greenTree: TreeId
    readonly frozen: readonly TouchedTest[]
    readonly changes: readonly PathChange[]
  },
) {
  const files = filesOf(of.frozen)
  const [before, report] = [reportOf(of.redTree, files), reportOf(of.greenTree, files)]
  const own = new Set(of.frozen.map(testKey))
  const now = new Set(report.tests.map(testKey))
  const expected = new Map([...before.tests, ...of.frozen].map((test) => [testKey(test), test]))
  return {
    kind: 'green',
    changes: of.changes,
    frozen: of.frozen,
    report,
    canaries: [],
    missing: [...expected.values()].filter((test) => !now.has(testKey(test))),
    extra: report.tests.filter((test) => !expected.has(testKey(test))),
    known: before.tests.filter(({ outcome, ...test }) => outcome !== 'passed' && !own.has(testKey(test))),
    commands: [['simulated']],
  } as const
}

function filesOf(tests: readonly { readonly file: string }[]): string[] {
  return [...new Set(tests.map(({ file }) => file))].toSorted()
}

function regressions(before: TestReport, now: TestReport) {
  return before.tests
    .filter(({ outcome }) => outcome === 'passed')
    .filter((test) => outcomeIn(now, test) !== 'passed')
    .map(({ file, name }) => ({
      test: { file, name },
      message: 'it fails',
      here: { failed: 3, runs: 3 },
      base: { failed: 0, runs: 3 },
    }))
}

function outcomeIn(
  report: TestReport,
  test: { readonly file: string; readonly name: string },
): 'passed' | 'failed' | 'missing' {
  const outcome = report.tests.find((result) => sameTest(result, test))?.outcome ?? 'missing'
  return outcome === 'skipped' ? 'missing' : outcome
}

function finished(tests: readonly TestResult[]): TestReport {
  const exitCode = tests.some(({ outcome }) => outcome === 'failed') ? 1 : 0
  return { tests, loadFailures: [], end: { kind: 'finished', exitCode }, durationMs: 1, output: '' }
}
