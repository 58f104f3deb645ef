import {
  type PathChange,
  testKey,
  type TestId,
  type TestReport,
  type TestResult,
} from '../domain/evidence.ts'
import { isProof } from '../domain/judge-red.ts'
import type { RedEvidence, TouchedTest } from '../domain/proof.ts'
import { allEnded } from './all-ended.ts'
import { claimedCriteria, rejectedClaims } from './criteria.ts'
import type { Measure } from './measure.ts'
import { runnerCommand } from './runners/run-tests.ts'
import { findStandings } from './find-standings.ts'
import { findRuleBreaks } from './rules/find-rule-breaks.ts'
import { shakenTests } from './shaken-tests.ts'
import { testFilesToRun } from './test-files.ts'
import { namesBySyntax, touchedTests } from './touched-tests.ts'
import type { RedRequest } from './verify.ts'
import { type BareTree, completeTree, takeExportsAway } from './without-sources.ts'

/** What the tests that RED wrote say about a tree without the task's sources, and what became of the tests beside them. */
export async function proveRed(measure: Measure, request: RedRequest): Promise<RedEvidence> {
  const { suite, task, redTree, changes, claims } = request
  const files = await testFilesToRun(measure.laboratory, { suite, task, tree: redTree }, changes)
  const completed = await completeTree(measure, { suite, task, tree: redTree, files })
  const [ran, before] = await allEnded([
    measure.tests({ suite, tree: completed.throwing, files }),
    runBefore(measure, request, files),
  ])
  const report = withoutOldLoadFailures(ran, before, changes)
  const stubbed = completed.stubs.length > 0
  const written = await touchedIn(measure, request, { files, report, before, stubbed })
  const shaken = await shakenTests(measure, request, {
    tree: completed.throwing,
    files,
    report,
    before,
    touched: written,
  })
  const bare =
    task.kind === 'verify_only'
      ? await takeExportsAway(measure, { suite, task, tree: redTree, files })
      : completed
  const all = [...written, ...shaken]
  const standings = await findStandings(measure, { suite, task, bare, touched: all, ownSources: [] })
  const touched = all
    .map(
      (test, at): TouchedTest => ({
        ...test,
        standing: standings[at] ?? { kind: 'not_run', reason: 'missing' },
      }),
    )
    // A neighbour that fails for no right reason is not asking for anything: it is broken.
    .filter((test, at) => at < written.length || isProof(test))
  return {
    kind: 'red',
    changes,
    touched,
    shaken: shaken.map(({ file, name }) => ({ file, name })),
    stubs: bare.stubs,
    report,
    untouched: await untouchedIn(measure, request, { completed, report, before, touched }),
    rejectedClaims: rejectedClaims(claims, touched),
    findings: await findRuleBreaks({
      changes,
      before: (path) => measure.laboratory.read(request.baseTree, path),
      after: (path) => measure.laboratory.read(redTree, path),
      secrets: measure.laboratory.secrets ?? [],
      touched,
    }),
    commands: files.length === 0 ? [] : [runnerCommand(suite, files)],
  }
}

/** The same files as the base has them. The measured base knows already; else they run there. */
async function runBefore(
  measure: Measure,
  request: RedRequest,
  files: readonly string[],
): Promise<TestReport> {
  const { suite, baseTree } = request
  const whole = await measure.known({ suite, tree: baseTree, files: null })
  if (whole !== null) return { ...whole, tests: whole.tests.filter((test) => files.includes(test.file)) }
  const present = await measure.laboratory.files(baseTree)
  return await measure.tests({ suite, tree: baseTree, files: files.filter((file) => present.has(file)) })
}

/** A file that nobody changed and that could not be loaded before tells nothing new. */
function withoutOldLoadFailures(
  report: TestReport,
  before: TestReport,
  changes: readonly PathChange[],
): TestReport {
  const changed = new Set(changes.map((change) => change.path))
  const old = new Set(before.loadFailures.map((load) => load.file).filter((file) => !changed.has(file)))
  return old.size === 0
    ? report
    : { ...report, loadFailures: report.loadFailures.filter((load) => !old.has(load.file)) }
}

async function touchedIn(
  measure: Measure,
  request: RedRequest,
  runs: {
    readonly files: readonly string[]
    readonly report: TestReport
    readonly before: TestReport
    /** What fails may fail by a stub. */
    readonly stubbed: boolean
  },
): Promise<Omit<TouchedTest, 'standing'>[]> {
  const { laboratory } = measure
  const touched: Omit<TouchedTest, 'standing'>[] = []
  for (const file of runs.files) {
    const before = await laboratory.read(request.baseTree, file)
    const after = (await laboratory.read(request.redTree, file)) ?? ''
    if (before === after) continue
    const collected = namesIn(runs.report, file)
    const names =
      collected.length > 0 || !didNotLoad(runs.report, file) ? collected : namesOfUnloaded(file, after)
    const collectedBefore = namesIn(runs.before, file)
    for (const { name, bodyHash } of touchedTests({
      file,
      before,
      after,
      collected: names,
      collectedBefore,
      failing: new Set(runs.stubbed ? [] : newlyFailing(runs, file)),
    })) {
      const told = name === file ? after : name
      touched.push({
        file,
        name,
        bodyHash,
        criteria: claimedCriteria({ name, told }, request.task, request.claims),
      })
    }
  }
  return touched
}

function namesIn(report: TestReport, file: string): string[] {
  return report.tests.filter((test) => test.file === file).map((test) => test.name)
}

/** What failed at the base fails for its own reasons. */
function newlyFailing(
  runs: { readonly report: TestReport; readonly before: TestReport },
  file: string,
): string[] {
  const old = new Set(failedIn(runs.before, file))
  return failedIn(runs.report, file).filter((name) => !old.has(name))
}

function failedIn(report: TestReport, file: string): string[] {
  return namesIn({ ...report, tests: report.tests.filter((test) => test.outcome === 'failed') }, file)
}

function didNotLoad(report: TestReport, file: string): boolean {
  return report.end.kind !== 'finished' || report.loadFailures.some((load) => load.file === file)
}

/** What the syntax tells; where it tells nothing the file stands for its tests. */
function namesOfUnloaded(file: string, text: string): readonly string[] {
  const names = namesBySyntax(file, text)
  return names.length > 0 ? names : [file]
}

/** Tests of these files that nobody touched. One that seems broken runs once more: a flicker is not the agent's doing. */
async function untouchedIn(
  measure: Measure,
  request: RedRequest,
  runs: {
    readonly completed: BareTree
    readonly report: TestReport
    readonly before: TestReport
    readonly touched: readonly TestId[]
  },
): Promise<RedEvidence['untouched']> {
  const touched = new Set(runs.touched.map((test) => testKey(test)))
  const compared = runs.before.tests
    .filter((test) => !touched.has(testKey(test)))
    .map((test) => compare(test, runs.report))
  const broken = compared.filter((entry) => entry.before === 'passed' && entry.now === 'failed')
  if (broken.length === 0) return compared
  const files = [...new Set(broken.map(({ test }) => test.file))].toSorted()
  const again = await measure.tests({
    suite: request.suite,
    tree: runs.completed.throwing,
    files,
    repetition: 1,
  })
  const holds = new Set(again.tests.filter((test) => test.outcome === 'passed').map((test) => testKey(test)))
  return compared.map((entry) => (holds.has(testKey(entry.test)) ? { ...entry, now: 'passed' } : entry))
}

function compare(before: TestResult, report: TestReport): RedEvidence['untouched'][number] {
  const { file, name } = before
  const now = report.tests.find((test) => test.file === file && test.name === name)?.outcome ?? 'missing'
  return { test: { file, name }, before: before.outcome, now }
}
