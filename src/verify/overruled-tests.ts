import { testKey, type TestReport, type TreeId } from '../domain/evidence.ts'
import { isTestMatter } from '../domain/judge-paths.ts'
import type { OverruledTest } from '../domain/proof.ts'
import { filesOf, outcomeIn } from './green.ts'
import type { Measure } from './measure.ts'
import { goneFrom, subjectsIn } from './subjects.ts'
import type { Baseline, FullRequest, Laboratory } from './verify.ts'

/** Runs of the old tests on either tree: one failure may be the weather. */
const RUNS = 2

/**
 * Tests that held at the base and that the change rewrote or took away, run once more as they were on the sources of the
 * change. One that fails now was overruled, unless tests that prove say something else of all that it named: an
 * expectation that changed is written anew, often under another name. What is gone from the sources needs no test.
 * Nothing runs where no such test is, which is nearly always.
 */
export async function findOverruled(
  measure: Measure,
  request: FullRequest,
  runs: { readonly baseline: Baseline; readonly report: TestReport },
): Promise<OverruledTest[]> {
  const suspects = suspectsOf(request, runs)
  if (suspects.length === 0) return []
  const failed = await failedAsTheyWere(measure, request, suspects)
  if (failed.length === 0) return []
  const spoken = await subjectsOfProofs(measure.laboratory, request)
  const overruled: OverruledTest[] = []
  for (const [file, tests] of Map.groupBy(failed, ({ test }) => test.file)) {
    const isLeft = await leftOf(measure.laboratory, request, { file, tests, spoken })
    overruled.push(...tests.filter(isLeft))
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

/** Those that fail each time on the tree, and never at the base. */
async function failedAsTheyWere(
  measure: Measure,
  { suite, tree, baseTree, changes }: FullRequest,
  suspects: readonly Suspect[],
): Promise<OverruledTest[]> {
  const tests = changes.filter((change) => isTestMatter(change, suite)).map(({ path }) => path)
  const oldTests = await measure.laboratory.graft(tree, baseTree, tests)
  let failed = suspects.map((suspect) => ({ ...suspect, message: '' }))
  const run = (at: TreeId, repetition: number): Promise<TestReport> =>
    measure.tests({ suite, tree: at, files: filesOf(failed.map(({ test }) => test)), repetition })
  for (let repetition = 0; repetition < RUNS && failed.length > 0; repetition += 1) {
    const report = await run(oldTests, repetition)
    const results = new Map(report.tests.map((result) => [testKey(result), result]))
    failed = failed
      .filter(({ test }) => outcomeIn(report, test) === 'failed')
      .map((each) => ({ ...each, message: results.get(testKey(each.test))?.failure?.message ?? '' }))
  }
  for (let repetition = 0; repetition < RUNS && failed.length > 0; repetition += 1) {
    const report = await run(baseTree, repetition)
    failed = failed.filter(({ test }) => outcomeIn(report, test) !== 'failed')
  }
  return failed
}

interface Spoken {
  readonly names: ReadonlySet<string>
  readonly files: ReadonlySet<string>
}

/** Everything that tests which prove name, and the files they are in. */
async function subjectsOfProofs(laboratory: Laboratory, request: FullRequest): Promise<Spoken> {
  const { suite, tree, frozen } = request
  const sources = sourcesOf(request)
  const names = new Set<string>()
  const proofs = Map.groupBy(
    frozen.filter(({ standing }) => standing.kind === 'fails'),
    ({ file }) => file,
  )
  for (const [file, tests] of proofs) {
    const subjects = await subjectsIn(laboratory, { suite, tree, file, sources })
    for (const { name: test } of tests) {
      const own = subjects.named(test)
      for (const name of own.size > 0 ? own : subjects.shared) names.add(name)
    }
  }
  return { names, files: new Set(proofs.keys()) }
}

/**
 * Whether nothing speaks in the place of a test of that file. For one that names nothing itself a proof in its file
 * speaks; where nothing is named around it either, any proof does if its file takes nothing from the tree: it starts a
 * program, measures a bundle, or its language has no syntax here.
 */
async function leftOf(
  laboratory: Laboratory,
  request: FullRequest,
  failed: {
    readonly file: string
    readonly tests: readonly OverruledTest[]
    readonly spoken: Spoken
  },
): Promise<(overruled: OverruledTest) => boolean> {
  const { suite, tree, baseTree } = request
  const sources = sourcesOf(request)
  const subjects = await subjectsIn(laboratory, { suite, tree: baseTree, file: failed.file, sources })
  const all = new Set(failed.tests.flatMap(({ test }) => [...subjects.named(test.name), ...subjects.shared]))
  const gone = await goneFrom(laboratory, { tree, paths: [...subjects.paths, ...sources], subjects: all })
  const isLeft = (name: string): boolean => !gone.has(name) && !failed.spoken.names.has(name)
  const hasProof = failed.spoken.files.has(failed.file)
  return ({ test }) => {
    const own = [...subjects.named(test.name)]
    if (own.length > 0) return own.some(isLeft)
    if (subjects.shared.size > 0) return !hasProof && [...subjects.shared].some(isLeft)
    return subjects.usesTree && !hasProof
  }
}

function sourcesOf({ changes }: FullRequest): string[] {
  return changes.filter(({ pathClass }) => pathClass === 'source').map(({ path }) => path)
}
