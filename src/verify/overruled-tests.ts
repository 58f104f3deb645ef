import { isTestMatter } from '../domain/judge-paths.ts'
import { lackIn } from '../domain/failure-tables.ts'
import { testKey, type TestId, type TestReport, type TreeId } from '../domain/evidence.ts'
import type { OverruledTest, TestStanding } from '../domain/proof.ts'
import { findStandings } from './find-standings.ts'
import { filesOf, outcomeIn } from './green.ts'
import { keptAssertions, type RewrittenFile } from './kept-assertions.ts'
import type { Measure } from './measure.ts'
import { type Call, missedSubjects, type Subjects, subjectsIn } from './subjects.ts'
import { takingOthers } from './taken-arguments.ts'
import type { Baseline, FullRequest, Laboratory } from './verify.ts'
import { completeTree } from './without-sources.ts'

/** Runs of the old tests on either tree: one failure may be the weather. */
const RUNS = 2

/**
 * Tests that held at the base and that the change rewrote or took away, run once more as they were on the sources of the
 * change. One that fails now was overruled, unless what it tests is gone, or tests that prove say something else of all
 * that it named: an expectation that changed is written anew, often under another name. Nothing runs where no such test
 * is, which is nearly always.
 */
export async function findOverruled(
  measure: Measure,
  request: FullRequest,
  runs: { readonly baseline: Baseline; readonly report: TestReport },
): Promise<OverruledTest[]> {
  const suspects = await suspectsOf(measure.laboratory, request, runs)
  if (suspects.length === 0) return []
  const { failed, gone } = await failedAsTheyWere(measure, request, suspects)
  if (failed.length === 0) return []
  const spoken = await subjectsOfProofs(measure.laboratory, request)
  const overruled: OverruledTest[] = []
  for (const [file, tests] of Map.groupBy(failed, ({ test }) => test.file)) {
    const isOverruled = await askOf(measure.laboratory, request, { file, gone, spoken })
    for (const { test, how, standing } of tests.filter(isOverruled))
      overruled.push({ test, how, message: standing.message })
  }
  return overruled
}

type Suspect = Pick<OverruledTest, 'test' | 'how'>
type Failing = Extract<TestStanding, { readonly message: string }>
interface Failed extends Suspect {
  readonly standing: Failing
  /** Its whole file does not load any more. */
  readonly unloaded: boolean
}

interface AsTheyWere {
  readonly failed: readonly Failed[]
  /** What they miss in the sources of the change, as subjects. */
  readonly gone: ReadonlySet<string>
}

/** Tests that passed at the base and are gone, or pass now and may say less than they said. */
async function suspectsOf(
  laboratory: Laboratory,
  request: FullRequest,
  { baseline, report }: { readonly baseline: Baseline; readonly report: TestReport },
): Promise<Suspect[]> {
  const { task, frozen, changes } = request
  const mayDrop = task.kind === 'maintenance' || task.kind === 'scaffold'
  if (mayDrop || baseline.report.end.kind !== 'finished' || report.end.kind !== 'finished') return []
  const flaky = new Set(baseline.flaky.map(testKey))
  const now = new Map(report.tests.map((test) => [testKey(test), test.outcome]))
  const unloaded = new Set(report.loadFailures.map(({ file }) => file))
  const touched = new Map(frozen.map((test) => [testKey(test), test.standing]))
  const changed = new Set(changes.map(({ path }) => path))
  const held = baseline.report.tests.filter(
    (test) => test.outcome === 'passed' && !flaky.has(testKey(test)) && !unloaded.has(test.file),
  )
  const byFile = Map.groupBy(held, (test) => test.file)
  const helpersKeep = await helpersKeepAssertions(laboratory, request, new Set(byFile.keys()))
  const suspects: Suspect[] = []
  for (const [file, tests] of byFile) {
    for (const { name } of tests.filter((test) => !now.has(testKey(test))))
      suspects.push({ test: { file, name }, how: 'taken away' })
    const holding = tests.filter((test) => now.get(testKey(test)) === 'passed')
    const saysLess = changed.has(file) ? sayingLess(await rewrittenFile(laboratory, request, file)) : null
    for (const { name } of holding) {
      const standing = touched.get(testKey({ file, name })) ?? null
      if (saysLess?.(name, standing) === true) suspects.push({ test: { file, name }, how: 'rewritten' })
      else if (standing === null && !helpersKeep)
        suspects.push({ test: { file, name }, how: 'given other helpers' })
    }
  }
  return suspects
}

/** Whether what changed beside the test files, for tests to use, asserts all that it asserted. */
async function helpersKeepAssertions(
  laboratory: Laboratory,
  request: FullRequest,
  testFiles: ReadonlySet<string>,
): Promise<boolean> {
  const helpers = matterOf(request).filter((path) => !testFiles.has(path))
  const files = await Promise.all(helpers.map((path) => rewrittenFile(laboratory, request, path)))
  return files.every((file) => keptAssertions(file).beside)
}

async function rewrittenFile(
  laboratory: Laboratory,
  { tree, baseTree }: FullRequest,
  path: string,
): Promise<RewrittenFile> {
  const readIn = async (at: TreeId): Promise<string> =>
    (await laboratory.files(at)).has(path) ? ((await laboratory.read(at, path)) ?? '') : ''
  return { path, before: await readIn(baseTree), after: await readIn(tree) }
}

/** A test that fails without the sources proves what it says; where its whole file does, it says nothing by itself. */
function sayingLess(file: RewrittenFile): (name: string, standing: TestStanding | null) => boolean {
  const kept = keptAssertions(file)
  return (name, standing) => {
    if (standing === null) return !kept.beside
    const provesAlone = standing.kind === 'fails' && !standing.perFile
    return !provesAlone && !kept.inTest(name)
  }
}

/** Those that fail each time on the sources of the change, and never at the base. */
async function failedAsTheyWere(
  measure: Measure,
  request: FullRequest,
  suspects: readonly Suspect[],
): Promise<AsTheyWere> {
  const { suite, task, tree, baseTree, changes } = request
  const matter = matterOf(request)
  const ownSources = changes.map(({ path }) => path).filter((path) => !matter.includes(path))
  const oldTests = await measure.laboratory.graft(tree, baseTree, matter)
  const touched = suspects.map(({ test }) => test)
  const files = filesOf(touched)
  const bare = await completeTree(measure, { suite, task, tree: oldTests, files, ownSources })
  const standings = await findStandings(measure, { suite, task, bare, touched, ownSources })
  const failing = suspects.flatMap((suspect, at) => {
    const standing = standings[at]
    return standing !== undefined && 'message' in standing ? [{ ...suspect, standing }] : []
  })
  let failed = failing.map((one): Failed => ({ ...one, unloaded: false }))
  const run = async (at: TreeId, repetition: number): Promise<TestReport> =>
    measure.tests({ suite, tree: at, files: filesOf(failed.map(({ test }) => test)), repetition })
  const fails = ({ test }: Failed, report: TestReport): boolean =>
    outcomeIn(report, test) === 'failed' || isUnloaded(test, report)
  for (let repetition = 1; repetition < RUNS && failed.length > 0; repetition += 1) {
    const report = await run(bare.throwing, repetition)
    failed = failed
      .filter((one) => fails(one, report))
      .map((one) => ({ ...one, unloaded: isUnloaded(one.test, report) }))
  }
  for (let repetition = 0; repetition < RUNS && failed.length > 0; repetition += 1) {
    const report = await run(baseTree, repetition)
    failed = failed.filter((one) => !fails(one, report))
  }
  return { failed, gone: new Set(bare.stubs.flatMap(missedSubjects)) }
}

function isUnloaded({ file }: TestId, { loadFailures }: TestReport): boolean {
  return loadFailures.some((failure) => failure.file === file)
}

interface Spoken {
  readonly names: ReadonlySet<string>
  readonly calls: ReadonlySet<string>
  readonly files: ReadonlySet<string>
}

/** Everything that tests which prove name and call, and the files they are in. One that fails with its whole file proves nothing alone. */
async function subjectsOfProofs(laboratory: Laboratory, request: FullRequest): Promise<Spoken> {
  const { suite, tree, frozen } = request
  const sources = sourcesOf(request)
  const names = new Set<string>()
  const calls = new Set<string>()
  const proofs = Map.groupBy(
    frozen.filter(({ standing }) => standing.kind === 'fails' && !standing.perFile),
    ({ file }) => file,
  )
  for (const [file, tests] of proofs) {
    const subjects = await subjectsIn(laboratory, { suite, tree, file, sources })
    for (const { name: test } of tests) {
      for (const name of subjects.named(test).union(subjects.shared)) names.add(name)
      for (const call of subjects.calls(test)) calls.add(textOf(call))
    }
  }
  return { names, calls, files: new Set(proofs.keys()) }
}

/**
 * Whether a test of that file was overruled: it does not fail for want of what it tests, and nothing speaks in its place.
 * Proofs speak that name all that it named and ask one thing of the sources that it asked, or that it asks no more and
 * asserts as much of others. For one that names nothing
 * itself a proof in its file speaks; where nothing is named around it either, any proof does if its file takes nothing
 * from the tree: it starts a program, measures a bundle, or its language has no syntax here.
 */
async function askOf(
  laboratory: Laboratory,
  request: FullRequest,
  asked: { readonly file: string; readonly gone: ReadonlySet<string>; readonly spoken: Spoken },
): Promise<(failed: Failed) => boolean> {
  const { suite, baseTree } = request
  const { file, gone, spoken } = asked
  const subjects = await subjectsIn(laboratory, { suite, tree: baseTree, file, sources: sourcesOf(request) })
  const hasProof = spoken.files.has(file)
  const isUnspoken = (name: string): boolean => !spoken.names.has(name)
  const taking = await namesTakingOthers(laboratory, request)
  // What takes other arguments now cannot be asked the same, nor what is handed its answer.
  const isAsked = (calls: readonly Call[]): boolean => {
    const askable = calls.filter(({ name, given }) =>
      taking.isDisjointFrom(new Set([name, ...given.split(' ')])),
    )
    return askable.length === 0 || askable.some((call) => spoken.calls.has(textOf(call)))
  }
  const asksOther = await otherQuestions(laboratory, request, { file, subjects })
  return (failed) => {
    const { how } = failed
    const { name } = failed.test
    const own = subjects.named(name)
    if (!(own.size > 0 ? own : subjects.shared).isDisjointFrom(gone)) return false
    if (isForWantOf(failed, own.union(subjects.shared))) return false
    if (own.size > 0) {
      const isSpoken = isAsked(subjects.calls(name)) || (how === 'rewritten' && asksOther(name))
      return !isSpoken || [...own].some(isUnspoken)
    }
    if (subjects.shared.size > 0) return !hasProof && [...subjects.shared].some(isUnspoken)
    return subjects.usesTree && !hasProof
  }
}

/** Whether a rewritten test of a file asserts as it did, but of other questions: what it asked means another thing now. */
async function otherQuestions(
  laboratory: Laboratory,
  request: FullRequest,
  { file, subjects }: { readonly file: string; readonly subjects: Subjects },
): Promise<(test: string) => boolean> {
  const { suite, tree } = request
  const kept = keptAssertions(await rewrittenFile(laboratory, request, file))
  const now = await subjectsIn(laboratory, { suite, tree, file, sources: sourcesOf(request) })
  return (test) => {
    const [old, asked] = [questionsOf(subjects.calls(test)), questionsOf(now.calls(test))]
    const isAsMany = ([name, calls]: [string, ReadonlySet<string>]): boolean =>
      calls.size <= (asked.get(name)?.size ?? 0)
    const asksAll = [...old].every(([name, calls]) => calls.isSubsetOf(asked.get(name) ?? new Set()))
    return kept.inForm(test) && !asksAll && [...old].every(isAsMany)
  }
}

/** What each name is asked. */
function questionsOf(calls: readonly Call[]): ReadonlyMap<string, ReadonlySet<string>> {
  const named = Map.groupBy(calls, ({ name }) => name)
  return new Map([...named].map(([name, asked]) => [name, new Set(asked.map(({ given }) => given))]))
}

function textOf({ name, given }: Call): string {
  return `${name} ${given}`
}

async function namesTakingOthers(laboratory: Laboratory, request: FullRequest): Promise<ReadonlySet<string>> {
  const files = sourcesOf(request).map((path) => rewrittenFile(laboratory, request, path))
  return new Set((await Promise.all(files)).flatMap(takingOthers))
}

/**
 * Whether a test fails since something that it names is there no more, or takes other arguments. A module that is missed
 * while the test runs, and not when its file is loaded, is missed by the sources: that is what they do when they are asked.
 */
function isForWantOf({ standing, unloaded, test }: Failed, names: ReadonlySet<string>): boolean {
  if (standing.kind === 'weak') return true
  if (standing.kind === 'wrong') return standing.reason === 'foreign_module' && unloaded
  if (standing.reason === 'stub') return true
  if (standing.reason !== 'missing_name') return false
  const lack = lackIn(standing.message, test.file)
  if (lack?.what === 'member') return lack.name !== null && names.has(lack.name)
  return lack?.what !== 'value'
}

/** Tests that changed, and what changed of what they use. */
function matterOf({ changes, suite }: FullRequest): string[] {
  return changes.filter((change) => isTestMatter(change, suite)).map(({ path }) => path)
}

function sourcesOf({ changes }: FullRequest): string[] {
  return changes.filter(({ pathClass }) => pathClass === 'source').map(({ path }) => path)
}
