import { testKey, type TestId, type TestReport, type TreeId } from '../domain/evidence.ts'
import type { Canary, TouchedTest } from '../domain/proof.ts'
import type { Suite } from '../domain/suite.ts'
import { allEnded } from './all-ended.ts'
import { testRunKey } from './evidence-keys.ts'
import { isTrustworthy, type Measure, NOTHING_RUN, runTrusted } from './measure.ts'
import { withCanaries } from './runners/canary.ts'
import { runnerCommand, runTests } from './runners/run-tests.ts'
import { runWithoutSources } from './without-sources.ts'
import type { GreenEvidence, GreenRequest } from './verify.ts'

/** Runs the frozen tests' files on the tree under proof, and compares what ran with what was collected at RED. */
export async function proveGreen(
  measure: Measure,
  request: GreenRequest,
  random: () => number,
): Promise<GreenEvidence> {
  const { suite, task, redTree, greenTree, frozen, changes } = request
  const files = filesOf(frozen)
  const [run, before] = await allEnded([
    runWithCanaries(measure, { suite, tree: greenTree, files, repetition: 0, random }),
    runWithoutSources(measure, { suite, task, tree: redTree, files }),
  ])
  const known = knownFailures(frozen, before)
  return {
    kind: 'green',
    changes,
    frozen,
    report: run.report,
    canaries: run.canaries,
    ...compareNames({ frozen, before, now: run.report }),
    known: [...known, ...(await findFlickering(measure, request, { run, known, random }))],
    commands: files.length === 0 ? [] : [runnerCommand(suite, files)],
  }
}

interface CanaryRun {
  /** Without the injected tests. */
  readonly report: TestReport
  readonly canaries: readonly Canary[]
}

/** Runs test files with false assertions injected into each, and takes them out of the report again. */
export async function runWithCanaries(
  measure: Measure,
  run: {
    readonly suite: Suite
    readonly tree: TreeId
    readonly files: readonly string[]
    readonly repetition: number
    readonly random: () => number
  },
): Promise<CanaryRun> {
  if (run.files.length === 0) return { report: NOTHING_RUN, canaries: [] }
  const { laboratory } = measure
  const key = testRunKey({ ...run, kind: 'canaries', environment: laboratory.environment })
  const make = async (): Promise<CanaryRun> => {
    const { suite, files } = run
    const injected = await inject(measure, run)
    const tree = await laboratory.compose(run.tree, injected.changes)
    const report = await runTrusted(laboratory, { suite, tree }, (place) => runTests(place, suite, { files }))
    return separate(report, injected.canaries)
  }
  return await measure.remember(key, make, ({ report }) => isTrustworthy(report))
}

export function filesOf(tests: readonly TestId[]): string[] {
  return [...new Set(tests.map((test) => test.file))].toSorted()
}

interface Injected {
  readonly file: string
  readonly library: string
  readonly name: string
}

async function inject(
  measure: Measure,
  run: {
    readonly suite: Suite
    readonly tree: TreeId
    readonly files: readonly string[]
    readonly random: () => number
  },
): Promise<{ changes: Map<string, string>; canaries: Injected[] }> {
  const changes = new Map<string, string>()
  const canaries: Injected[] = []
  for (const file of run.files) {
    const text = await measure.laboratory.read(run.tree, file)
    const made = text === null ? null : withCanaries({ suite: run.suite, file, text, random: run.random })
    if (made === null) continue
    changes.set(file, made.text)
    canaries.push(...made.canaries.map(({ library, fullName }) => ({ file, library, name: fullName })))
  }
  return { changes, canaries }
}

function separate(report: TestReport, injected: readonly Injected[]): CanaryRun {
  const names = new Set(injected.map((canary) => testKey(canary)))
  const failed = new Set(
    report.tests.filter((test) => test.outcome === 'failed').map((test) => testKey(test)),
  )
  return {
    report: { ...report, tests: report.tests.filter((test) => !names.has(testKey(test))) },
    canaries: injected.map((canary) => ({
      file: canary.file,
      library: canary.library,
      caught: failed.has(testKey(canary)),
    })),
  }
}

type Outcome = 'passed' | 'failed' | 'missing'

/** What became of a test. A frozen file whose names nobody could tell stands for all its tests, of which there must be one. */
export function outcomeIn(report: TestReport, test: TestId): Outcome {
  return indexOf(report).get(testKey(test)) ?? 'missing'
}

function present(report: TestReport, test: TestId): boolean {
  return indexOf(report).has(testKey(test))
}

/** Reports hold tens of thousands of tests, and each is asked for: found once for each report. */
const indexes = new WeakMap<TestReport, ReadonlyMap<string, Outcome>>()

function indexOf(report: TestReport): ReadonlyMap<string, Outcome> {
  const known = indexes.get(report)
  if (known !== undefined) return known
  const index = new Map<string, Outcome>()
  for (const { file, name, outcome } of report.tests) {
    for (const key of [testKey({ file, name }), testKey({ file, name: file })]) {
      const before = index.get(key) ?? 'missing'
      if (outcome === 'failed' || before === 'failed') index.set(key, 'failed')
      else index.set(key, outcome === 'passed' ? 'passed' : before)
    }
  }
  indexes.set(report, index)
  return index
}

/**
 * The names collected at RED must be the names now. A file that could not be collected then (a stub was used while it
 * loaded) is known by its frozen tests alone.
 */
function compareNames(runs: {
  readonly frozen: readonly TouchedTest[]
  readonly before: TestReport
  readonly now: TestReport
}): { missing: TestId[]; extra: TestId[] } {
  const { frozen, before, now } = runs
  const unloaded = new Set(before.loadFailures.map((load) => load.file))
  const collected = before.tests.filter((test) => !unloaded.has(test.file))
  const expected = new Map(
    [...collected, ...frozen].map(({ file, name }) => [testKey({ file, name }), { file, name }]),
  )
  return {
    missing: [...expected.values()].filter((test) => !present(now, test)),
    extra: now.tests
      .filter((test) => !expected.has(testKey(test)) && !unloaded.has(test.file))
      .map(({ file, name }) => ({ file, name })),
  }
}

/** Older tests of these files that fail now and pass when the files run again: no doing of the sources. */
async function findFlickering(
  measure: Measure,
  { suite, greenTree, frozen }: GreenRequest,
  first: { readonly run: CanaryRun; readonly known: readonly TestId[]; readonly random: () => number },
): Promise<TestId[]> {
  const settled = new Set([...frozen, ...first.known].map((test) => testKey(test)))
  const failed = first.run.report.tests.filter(
    (test) => test.outcome === 'failed' && !settled.has(testKey(test)),
  )
  if (failed.length === 0) return []
  const again = { suite, tree: greenTree, files: filesOf(frozen), repetition: 1, random: first.random }
  const { report } = await runWithCanaries(measure, again)
  const passed = new Set(
    report.tests.filter((test) => test.outcome === 'passed').map((test) => testKey(test)),
  )
  return failed.filter((test) => passed.has(testKey(test))).map(({ file, name }) => ({ file, name }))
}

function knownFailures(frozen: readonly TouchedTest[], before: TestReport): TestId[] {
  const touched = new Set(frozen.map((test) => testKey(test)))
  return before.tests
    .filter((test) => test.outcome !== 'passed' && !touched.has(testKey(test)))
    .map(({ file, name }) => ({ file, name }))
}
