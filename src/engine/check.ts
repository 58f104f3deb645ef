import { namedLikeTests } from '../config/detect/test-names.ts'
import { type CommitId, type PathChange, type TestId, type TestReport, testKey } from '../domain/evidence.ts'
import { canariesThatRan } from '../domain/focused-tests.ts'
import { judgeFull } from '../domain/judge-full.ts'
import { isTestMatter } from '../domain/judge-paths.ts'
import { judgeRed } from '../domain/judge-red.ts'
import { classifyPath } from '../domain/path-class.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import { isUnder } from '../domain/plan-path.ts'
import type { TouchedTest } from '../domain/proof.ts'
import type { Suite } from '../domain/suite.ts'
import { suitesOfRange } from '../domain/suites-of-range.ts'
import { declaresTest } from '../domain/task-path.ts'
import type { Refusal } from '../domain/verdict.ts'
import { OrchestratorError } from '../errors.ts'
import type { CheckReport } from '../protocol/output/check-report.ts'
import type { Verifier } from '../verify/verify.ts'
import { changesBetween, helpersAmong } from './changes.ts'
import type { Workshop } from './context.ts'
import { neverRun } from './never-run.ts'
import { otherSuites } from './other-suites.ts'
import { parseRange } from './revision-range.ts'
import { VERIFICATION_RANK, freshEvidence, graft } from './laboratory.ts'
import { declaring, suiteTask } from './suite-task.ts'
import { suitesAt } from './survey.ts'
import { verifierFor } from './verifier-for.ts'
import type { Bench } from './open.ts'

export interface CheckOptions {
  /** `BASE..HEAD`; a single revision means its change against its first parent. */
  readonly range: string
  readonly signal: AbortSignal
  readonly onSuite: (suite: string) => void
}

type SuiteReport = Pick<CheckReport, 'tests' | 'refusals'>

type Outcome = CheckReport['tests'][number]['base']

interface Change {
  readonly base: CommitId
  readonly head: CommitId
  readonly baseTree: string
  readonly headTree: string
}

/** Judges an existing change, whoever made it, with the judges that tasks are judged by. */
export async function check(bench: Bench, options: CheckOptions): Promise<CheckReport> {
  const { workshop } = bench
  const change = await resolveChange(workshop, options.range)
  const suites = await suitesOf(bench, change)
  if (suites.length === 0) {
    throw new OrchestratorError('suite_unknown', 'no test suite is configured, and none was found', {
      hint: 'Run `orchestrator init`, or describe the suite in .tdd/config.toml.',
    })
  }
  const unclaimed = await unclaimedTests(workshop, { suites, change })
  const never = await neverRun(workshop, change.baseTree, change.headTree)
  if (never.length > 0) return { verdict: 'refused', tests: [], refusals: told(never), unclaimed }
  const verifier = verifierFor(workshop, {
    rank: VERIFICATION_RANK.stage,
    signal: options.signal,
    memory: freshEvidence(),
  })
  const reports: SuiteReport[] = []
  for (const suite of suites) {
    const report = await checkSuite(workshop, verifier, {
      suite,
      suites,
      change,
      onSuite: options.onSuite,
    })
    if (report !== null) reports.push(report)
  }
  const refusals = reports.flatMap((report) => report.refusals)
  const verdict = reports.length === 0 ? 'not_applicable' : refusals.length > 0 ? 'refused' : 'proven'
  return {
    verdict,
    tests: reports.flatMap((report) => report.tests),
    refusals,
    unclaimed,
  }
}

/** Where none is written, those that are found in the files of the range: what is checked out has no part in it. */
async function suitesOf({ workshop, loaded, suites }: Bench, change: Change): Promise<readonly Suite[]> {
  if (loaded.config.suites.length > 0) return suites
  return suitesOfRange({
    begin: await suitesAt(workshop, change.base),
    end: await suitesAt(workshop, change.head),
    files: [...(await workshop.git.files(change.headTree)).keys()],
  })
}

/** Files of the change that are named like tests and that no suite knows. */
async function unclaimedTests(
  { git }: Workshop,
  { suites, change }: { readonly suites: readonly Suite[]; readonly change: Change },
): Promise<string[]> {
  const diff = await git.diff(change.baseTree, change.headTree)
  const present = diff.filter(({ after }) => after !== null).map(({ path }) => path)
  return namedLikeTests(present).filter((path) => !suites.some((suite) => isTestOf(suite, path)))
}

async function resolveChange(workshop: Workshop, range: string): Promise<Change> {
  const { git } = workshop
  const { base, head } = parseRange(range)
  const commitOf = async (revision: string, missing: string): Promise<CommitId> => {
    const commit = await git.resolve(revision)
    if (commit !== null) return commit
    throw new OrchestratorError('revision_unknown', missing, {
      hint: 'Give the change as BASE..HEAD, for example main..my-branch.',
    })
  }
  const named = (revision: string): Promise<CommitId> =>
    commitOf(revision, `${JSON.stringify(revision)} names no commit here`)
  const end = await named(head)
  const begin = await (base === null
    ? commitOf(`${head}^`, `${JSON.stringify(head)} has no parent here to be compared with`)
    : named(base))
  const [baseTree, headTree] = [(await git.readCommit(begin)).tree, (await git.readCommit(end)).tree]
  if (baseTree === headTree)
    throw new OrchestratorError('nothing_to_check', `${range} changes nothing`, {
      hint: 'Give two revisions whose files differ, as BASE..HEAD.',
    })
  return { base: begin, head: end, baseTree, headTree }
}

/** Null where the change touches no test of this suite. */
async function checkSuite(
  workshop: Workshop,
  verifier: Verifier,
  asked: {
    readonly suite: Suite
    readonly suites: readonly Suite[]
    readonly change: Change
    readonly onSuite: (suite: string) => void
  },
): Promise<SuiteReport | null> {
  const { suite, suites } = asked
  const { baseTree, headTree } = asked.change
  const task = await changeAsTask(workshop, asked)
  const classes = { suites, task }
  const changes = await changesBetween(workshop, { from: baseTree, to: headTree, ...classes })
  const tests = pathsOf(changes.filter((change) => isTestMatter(change, suite)))
  const own = tests.filter((path) => isTestOf(suite, path) || declaresTest(path, task))
  if (own.length === 0) return null
  asked.onSuite(suite.name)
  const redTree = await graft(workshop, { base: baseTree, from: headTree, paths: own })
  const redChanges = await changesBetween(workshop, { from: baseTree, to: redTree, ...classes })
  const red = await verifier.red({ suite, task, baseTree, redTree, changes: redChanges, claims: {} })
  const redVerdict = judgeRed({ task, suite, evidence: red })
  if (red.touched.length === 0) {
    return { tests: [], refusals: told(redVerdict.accepted ? [NO_TEST_TOUCHED] : redVerdict.refusals) }
  }
  const baseline = await verifier.baseline(suite, baseTree)
  const full = await verifier.full({
    suite,
    task,
    baseTree,
    tree: headTree,
    // Tests of other suites are judged with those; here they are no change of the sources.
    testsTree: await graft(workshop, { base: baseTree, from: headTree, paths: tests }),
    frozen: red.touched,
    changes,
    otherSuites: await otherSuites(workshop, { suites, own: suite, changes, trees: [baseTree, headTree] }),
  })
  const canaries = canariesThatRan(full.green.canaries, { suite, findings: red.findings })
  const evidence = { ...full, green: { ...full.green, canaries } }
  const fullVerdict = judgeFull({ task, suite, evidence })
  const refusals = [
    ...(redVerdict.accepted ? [] : redVerdict.refusals),
    ...(fullVerdict.accepted ? [] : fullVerdict.refusals),
  ]
  const touched = red.touched.map((test) => ({
    file: test.file,
    name: test.name,
    base: outcomeIn(baseline.report, test),
    red: redOutcome(test),
    green: outcomeIn(full.green.report, test),
  }))
  const dropped = droppedTests(baseline.report, full.report, own)
  return { tests: [...touched, ...dropped], refusals: told(refusals) }
}

/** Tests of the changed files that passed before and are no more: a person decides whether that is meant. */
function droppedTests(
  before: TestReport,
  after: TestReport,
  changed: readonly string[],
): SuiteReport['tests'] {
  if (after.end.kind !== 'finished') return []
  const there = new Set(after.tests.map(testKey))
  const unloaded = new Set(after.loadFailures.map(({ file }) => file))
  return before.tests
    .filter((test) => test.outcome === 'passed' && !there.has(testKey(test)))
    .filter(({ file }) => changed.includes(file) && !unloaded.has(file))
    .map(({ file, name }) => ({ file, name, base: 'passed', red: 'missing', green: 'missing' }))
}

/** The change as a task; what its tests lean on counts to them. */
async function changeAsTask(
  workshop: Workshop,
  asked: { readonly suite: Suite; readonly suites: readonly Suite[]; readonly change: Change },
): Promise<TaskDefinition> {
  const { suite, suites } = asked
  const { baseTree, headTree } = asked.change
  const whole = suiteTask(suite)
  const about = { suites, task: whole }
  const changes = await changesBetween(workshop, { from: baseTree, to: headTree, ...about })
  const helpers = await helpersAmong(workshop, { tree: headTree, suite, ...about, changes })
  const tests = [...pathsOf(changes).filter((path) => isTestOf(suite, path)), ...helpers]
  return declaring(whole, { changes, tests })
}

function pathsOf(changes: readonly PathChange[]): string[] {
  return changes.map(({ path }) => path)
}

function isTestOf(suite: Suite, path: string): boolean {
  return isUnder(path, suite.cwd) && classifyPath(path, [suite]) === 'test'
}

const NO_TEST_TOUCHED: Refusal = {
  code: 'no_target_test_failure',
  fact: 'test files changed, and no test in them did',
  hint: 'Add a test that fails without the change.',
  details: [],
}

function outcomeIn(report: TestReport, test: TestId): Outcome {
  return report.tests.find((result) => testKey(result) === testKey(test))?.outcome ?? 'missing'
}

function redOutcome(test: TouchedTest): Outcome {
  switch (test.standing.kind) {
    case 'characterisation':
      return 'passed'
    case 'not_run':
      return test.standing.reason
    case 'fails':
    case 'wrong':
    case 'weak':
      return 'failed'
  }
}

function told(refusals: readonly Refusal[]): CheckReport['refusals'] {
  return refusals.map(({ code, fact, hint }) => ({ code, fact, hint }))
}
