import { type LoadFailure, type PathChange, sameTest, testKey } from './evidence.ts'
import { failureText, firstLine, refuseEach, refuseEnd, refuseFindings, testLabel } from './judge-facts.ts'
import { mayChangeAtRed } from './judge-paths.ts'
import { lostTests } from './lost-tests.ts'
import type { Criterion, TaskDefinition } from './plan.ts'
import type { RedEvidence, TestStanding, TouchedTest } from './proof.ts'
import type { Suite } from './suite.ts'
import { type Refusal, type RefusalCode, type Verdict, verdictOf } from './verdict.ts'

interface RedCase {
  readonly task: TaskDefinition
  readonly suite: Suite
  readonly evidence: RedEvidence
}

/**
 * Whether tests may be frozen: only allowed paths changed, the tests were collected, the touched ones fail for a right
 * reason (at least one for each criterion), and nothing else broke. The most fundamental refusal comes first; what only
 * follows from it is left out.
 */
export function judgeRed(red: RedCase): Verdict {
  const { evidence } = red
  if (evidence.changes.length === 0) return verdictOf([NO_CHANGE])
  const outside = [...refuseWrongFiles(red), ...refuseFindings(evidence.findings.filter(isSecret))]
  const unreadable = refuseUnreadable(red)
  if (unreadable.length > 0) return verdictOf([...outside, ...unreadable])
  return verdictOf([
    ...outside,
    ...(red.task.kind === 'verify_only' ? refuseVerifyOnly(red) : refuseImplement(red)),
    ...refuseUncovered(red),
    ...refuseBroken(red),
    ...refuseFindings(evidence.findings.filter((finding) => !isSecret(finding))),
  ])
}

const NO_CHANGE: Refusal = {
  code: 'no_change',
  fact: 'no file was changed',
  hint: 'write the tests that the criteria ask for',
  details: [],
}

function refuseWrongFiles({ task, suite, evidence }: RedCase): Refusal[] {
  const wrong = evidence.changes.filter((change) => !mayChangeAtRed(change, task, suite))
  return refuseEach(wrong, {
    code: 'wrong_files',
    fact: (change) =>
      `${change.path} was ${change.change}, which writing the tests may not do: ${whyNot(change)}`,
    hint: `change only ${[...task.tests, ...suite.fixtures].join(', ') || 'test files'}; undo everything else`,
    detail: (change) => `${change.change} ${change.path} (${change.pathClass})`,
  })
}

function whyNot(change: PathChange): string {
  if (change.pathClass === 'test') return 'it is not among the tests of this task'
  if (change.pathClass === 'frozen') return 'it is configuration that this task is not allowed to change'
  return 'it is not a test'
}

/** The run, the files that could not be loaded, and whether there are tests at all. */
function refuseUnreadable({ evidence }: RedCase): Refusal[] {
  const { report, touched } = evidence
  const ended = refuseEnd(report, 'the run of the touched test files')
  if (ended.length > 0 && !touched.some(isProof)) return ended
  const unloaded = report.loadFailures.filter(
    ({ file }) => !touched.some((test) => test.file === file && isProof(test)),
  )
  const loading = [
    ...refuseLoad(
      unloaded.filter((load) => isSyntax(load, evidence)),
      SYNTAX,
    ),
    ...refuseLoad(
      unloaded.filter((load) => !isSyntax(load, evidence)),
      LOAD,
    ),
  ]
  if (loading.length > 0) return loading
  if (report.tests.length > 0 || touched.length > 0) return []
  return refuseNoTests(evidence.changes)
}

function refuseNoTests(changes: readonly PathChange[]): Refusal[] {
  const detail = ({ change, path, pathClass }: PathChange): string => `${change} ${path} (${pathClass})`
  if (changes.every(({ change }) => change === 'deleted')) {
    return refuseEach(changes, {
      code: 'no_target_test_failure',
      fact: ({ path }) => `tests were taken away with ${path}, and none is new or changed`,
      hint: 'write a test of what holds instead; a change that only takes away has no test that could prove it, and a person has to judge it',
      detail,
    })
  }
  return [
    {
      code: 'no_tests_found',
      fact: 'the runner found no test in the changed files',
      hint: 'write tests where the suite looks for them, in the form its runner collects',
      details: changes.map(detail),
    },
  ]
}

const SYNTAX = {
  code: 'syntax_error',
  hint: 'correct the syntax of the named file so that the runner can collect its tests',
} as const

const LOAD = {
  code: 'load_failure',
  hint: "make the file load: import only what the project has installed or what this task's sources will provide, and let nothing throw outside a test",
} as const

function refuseLoad(
  loads: readonly LoadFailure[],
  as: { readonly code: RefusalCode; readonly hint: string },
): Refusal[] {
  return refuseEach(loads, {
    ...as,
    fact: ({ file, failure }) => `${file} could not be loaded: ${firstLine(failure.message)}`,
    detail: ({ file, failure }) => `${file}: ${failureText(failure)}`,
  })
}

function isSyntax({ file, failure }: LoadFailure, evidence: RedEvidence): boolean {
  if (!evidence.changes.some((change) => change.path === file)) return false
  const standings = evidence.touched.filter((test) => test.file === file).map((test) => test.standing)
  if (standings.some((standing) => standing.kind === 'wrong' && standing.reason === 'syntax')) return true
  return /Syntax|Indentation|TabError|Parse/.test(failure.errorName ?? '')
}

/** New behaviour: touched tests fail, each for a right reason. */
function refuseImplement({ evidence }: RedCase): Refusal[] {
  const { touched } = evidence
  const wrong = refuseWrongReasons(touched)
  const weak = refuseWeak(touched)
  if (wrong.length + weak.length > 0 || touched.some(isProof)) return [...wrong, ...weak]
  const [first] = touched
  return [
    {
      code: 'unexpected_green',
      fact:
        first === undefined
          ? 'no test is new or changed'
          : `no touched test fails: ${testLabel(first)} ${standingText(first.standing)}`,
      hint: 'write tests of behaviour that does not exist yet: they must fail now, by an assertion or because the sources lack a name',
      details: touched.map((test) => `${testLabel(test)}: ${standingText(test.standing)}`),
    },
  ]
}

function refuseWeak(touched: readonly TouchedTest[]): Refusal[] {
  return refuseEach(
    touched.filter((test) => test.standing.kind === 'weak'),
    {
      code: 'weak_test',
      fact: (test) => `${testLabel(test)} passes without the sources, whatever they return`,
      hint: 'assert on the value that the behaviour produces, so that a missing or empty result fails the test',
      detail: (test) => `${testLabel(test)}: ${standingText(test.standing)}`,
    },
  )
}

/** Existing behaviour: every touched test passes at once, and fails when the task's exports are taken away. */
function refuseVerifyOnly({ task, evidence }: RedCase): Refusal[] {
  const { touched, report } = evidence
  const isTouched = new Set(touched.map(testKey))
  const outcomes = report.tests.filter((test) => test.outcome === 'failed' && isTouched.has(testKey(test)))
  const failed = refuseEach(outcomes, {
    code: 'tests_failed',
    fact: (test) =>
      `${testLabel(test)} fails, though this task only verifies what exists: ${firstLine(test.failure?.message ?? '')}`,
    hint: 'the tests of this task must pass at once; assert on what the sources really do',
    detail: (test) => `${testLabel(test)}: ${failureText(test.failure)}`,
  })
  const weak = refuseWeak(touched)
  if (failed.length + weak.length > 0 || touched.some(isProof)) return [...failed, ...weak]
  return [refuseUndetected(task, touched)]
}

function refuseUndetected(task: TaskDefinition, touched: readonly TouchedTest[]): Refusal {
  const none = task.exports.length === 0
  return {
    code: 'removal_not_detected',
    fact: none
      ? `task ${task.key} declares no export, so nothing can be taken away to show that its tests notice`
      : `no touched test fails when ${task.exports.join(', ')} are taken away`,
    hint: none
      ? 'name the exports under test in the plan (`exports`)'
      : 'call the exports under test and assert on what they return',
    details: touched.map((test) => `${testLabel(test)}: ${standingText(test.standing)}`),
  }
}

type Wrong = Extract<TestStanding, { kind: 'wrong' }>

const WRONG_REASONS: Readonly<
  Record<Wrong['reason'], { readonly code: RefusalCode; readonly hint: string }>
> = {
  syntax: SYNTAX,
  foreign_module: LOAD,
  timeout: {
    code: 'timeout',
    hint: 'let the test come to an end by itself; await what it starts and close what it opens',
  },
  test_exception: {
    code: 'no_target_test_failure',
    hint: 'the test itself throws before it reaches the behaviour: correct its own code, and fail by an assertion on the sources',
  },
  runner: { code: 'runner_failure', hint: 'no test may end the process or disturb the runner' },
}

/** One refusal for each code that a wrong reason leads to. */
function refuseWrongReasons(touched: readonly TouchedTest[]): Refusal[] {
  const wrong = touched.flatMap((test) =>
    test.standing.kind === 'wrong' ? [{ test, standing: test.standing }] : [],
  )
  return [...new Set(wrong.map(({ standing }) => standing.reason))].flatMap((reason) =>
    refuseEach(
      wrong.filter(({ standing }) => standing.reason === reason),
      {
        ...WRONG_REASONS[reason],
        fact: ({ test, standing }) =>
          `${testLabel(test)} fails for a reason that proves nothing (${reasonText(reason)}): ${firstLine(standing.message)}`,
        detail: ({ test, standing }) => `${testLabel(test)}: ${standing.message}`,
      },
    ),
  )
}

/** Criteria without a proof, unless a test that claims them was refused already. */
function refuseUncovered({ task, evidence }: RedCase): Refusal[] {
  const uncovered = task.criteria.filter((criterion) => {
    const claiming = evidence.touched.filter((test) => test.criteria.includes(criterion.id))
    return !claiming.some(
      (test) => isProof(test) || test.standing.kind === 'wrong' || test.standing.kind === 'weak',
    )
  })
  return refuseEach(uncovered, {
    code: 'criterion_uncovered',
    fact: (criterion) =>
      `criterion ${criterion.id} (${firstLine(criterion.text)}) has no new test that fails: ${whyUncovered(criterion, evidence)}`,
    hint: 'write for each criterion a test that fails now and carries the id as a word of its name: AC-1 as "AC-1: …" in a title, as test_ac_1_… in Python',
    detail: (criterion) => `${criterion.id}: ${criterion.text}: ${whyUncovered(criterion, evidence)}`,
  })
}

function whyUncovered(criterion: Criterion, evidence: RedEvidence): string {
  const claiming = evidence.touched.find((test) => test.criteria.includes(criterion.id))
  if (claiming !== undefined) return `${testLabel(claiming)} ${standingText(claiming.standing)}`
  const rejected = evidence.rejectedClaims.find((claim) => claim.criterion === criterion.id)
  return rejected === undefined
    ? 'no touched test names it'
    : `the claimed test "${rejected.test}" is not among the touched ones`
}

/** Tests that nobody touched and that held before. A file judged as a whole cannot tell which of its tests are gone; VERIFY does. */
function refuseBroken({ task, evidence }: RedCase): Refusal[] {
  const { touched, shaken, report } = evidence
  const whole = new Set(touched.filter(isPerFile).map(({ file }) => file))
  const broken = evidence.untouched.filter(
    ({ test, before, now }) =>
      before === 'passed' && now !== 'passed' && !(now === 'missing' && whole.has(test.file)),
  )
  const written = touched.filter((test) => !shaken.some((other) => sameTest(test, other)))
  const gone = broken.filter(({ now }) => now === 'missing').map(({ test }) => test)
  const lost = lostTests({ gone, written, present: [...report.tests, ...touched] }, task)
  const refused = broken.filter(
    ({ test, now }) => now !== 'missing' || lost.some((other) => sameTest(test, other)),
  )
  return refuseEach(refused, {
    code: 'regression',
    fact: ({ test, now }) => `${testLabel(test)} passed before and is ${now} now`,
    hint: 'leave the tests that exist as they are, put no fewer in the place of those that you replace, and keep shared helpers working for them',
    detail: ({ test, now }) => `${testLabel(test)}: ${now}`,
  })
}

export function standingText(standing: TestStanding): string {
  if (standing.kind === 'fails') return `fails (${standing.reason}): ${firstLine(standing.message)}`
  if (standing.kind === 'wrong') {
    return `fails (${reasonText(standing.reason)}): ${firstLine(standing.message)}`
  }
  if (standing.kind === 'weak') return `passes against every stub: ${firstLine(standing.message)}`
  if (standing.kind === 'not_run') return standing.reason === 'skipped' ? 'is skipped' : 'was not reported'
  return 'passes already'
}

function reasonText(reason: Wrong['reason']): string {
  return reason.replace('_', ' ')
}

export function isProof(test: TouchedTest): boolean {
  return test.standing.kind === 'fails'
}

function isPerFile(test: TouchedTest): boolean {
  return test.standing.kind === 'fails' && test.standing.perFile
}

function isSecret(finding: { readonly rule: string }): boolean {
  return finding.rule.startsWith('secret')
}
