import { type CheckResult, isWholeFile, sameTest, type TestId, testKey, type TestReport } from './evidence.ts'
import { firstLine, refuseEach, refuseEnd, refuseFindings, testLabel } from './judge-facts.ts'
import { refuseRun } from './judge-green.ts'
import { isProof, standingText } from './judge-red.ts'
import { lostTests } from './lost-tests.ts'
import type { TaskDefinition } from './plan.ts'
import type { FullEvidence, OverruledTest, RegressionSuspect, TouchedTest } from './proof.ts'
import type { Suite } from './suite.ts'
import { declaresTest } from './task-path.ts'
import { isTestFile } from './test-pattern.ts'
import { type Refusal, type Verdict, verdictOf } from './verdict.ts'

interface FullCase {
  readonly task: TaskDefinition
  readonly suite: Suite
  readonly evidence: FullEvidence
}

/** What VERIFY, RE_VERIFY and a landing ask of a tree. Only what is new against the base counts. */
export function judgeFull(full: FullCase): Verdict {
  const { task, suite, evidence } = full
  const green = refuseRun({ task, suite, evidence: evidence.green })
  return verdictOf([
    ...green,
    ...(green.length > 0 ? [] : refuseFlaky(evidence)),
    ...refuseEmpty(full),
    ...refuseRegressions(full),
    ...refuseRemoval(evidence),
    ...refuseChecks(evidence),
    ...refuseVerifySteps(full),
    ...refuseFindings(evidence.findings),
  ])
}

/**
 * Tests that passed at the base and neither hold nor reliably fail now: they count for nothing until a person looks at
 * them, and stop no landing.
 */
export function quarantinedTests(evidence: FullEvidence): TestId[] {
  return evidence.regressions
    .filter((suspect) => suspectVerdict(suspect) === 'quarantine')
    .map(({ test }) => test)
}

/** `known`: it fails on the base, too. `regression`: never there, and here at least two times of three. */
function suspectVerdict({ here, base }: RegressionSuspect): 'known' | 'regression' | 'quarantine' {
  if (base.failed > 0) return 'known'
  return (here.runs - here.failed) * 3 <= here.runs ? 'regression' : 'quarantine'
}

function refuseFlaky({ repeats }: FullEvidence): Refusal[] {
  const flaky = repeats.filter(({ outcomes }) => new Set(outcomes).size > 1)
  const failing = repeats.filter(
    ({ outcomes }) => outcomes.length > 0 && outcomes.every((outcome) => outcome !== 'passed'),
  )
  return refuseEach([...flaky, ...failing.filter((repeat) => !flaky.includes(repeat))], {
    code: 'flaky',
    fact: ({ test, outcomes }) =>
      `${testLabel(test)} says different things about the same tree: ${outcomes.join(', ')}`,
    hint: 'make the outcome depend on nothing but the code: no time, no chance, no order, no network, no state left behind',
    detail: ({ test, outcomes }) => `${testLabel(test)}: ${outcomes.join(', ')}`,
  })
}

/**
 * A run of the whole suite without any test compares nothing, and no later landing would miss the task's own. Single
 * tests may be left out of it on purpose, and files beyond the suite's patterns are none that it should find.
 */
function refuseEmpty({ suite, evidence: { report, green } }: FullCase): Refusal[] {
  if (report.end.kind !== 'finished' || report.tests.length + report.loadFailures.length > 0) return []
  return refuseEach(
    green.frozen.filter(({ file }) => isTestFile(suite, file)),
    {
      code: 'no_tests_found',
      fact: (test) => `the run of all tests of suite ${suite.name} found none, not even ${testLabel(test)}`,
      hint: `let the suite's runner find its tests by itself (its patterns: ${suite.tests.join(', ')}); where these or its command are wrong, a person has to correct them, and \`orchestrator doctor --tree\` tells whether tests are found`,
      detail: testLabel,
    },
  )
}

function refuseRegressions({ task, suite, evidence }: FullCase): Refusal[] {
  const runs = [{ suite: suite.name, ...evidence }, ...evidence.otherRuns]
  const ended = runs.flatMap((run) =>
    run.baseEnd.kind === 'finished'
      ? refuseEnd(run.report, `the run of all tests of suite ${run.suite}`)
      : [],
  )
  const regressions = evidence.regressions.filter((suspect) => suspectVerdict(suspect) === 'regression')
  const gone = regressions.filter(({ test }) => isGone(test, task, evidence))
  const broken = toldOnce(regressions.filter((suspect) => !gone.includes(suspect)))
  const refused = refuseEach(broken, {
    code: 'regression',
    fact: regressionFact,
    hint: broken.every(({ base }) => base.runs === 0)
      ? 'a file that fails behind its tests leaves something open, throws, or ends its process: mend whichever of tests and sources does'
      : 'keep what worked working: change the sources so that the named tests pass again',
    detail: ({ test, message, here, base }) =>
      `${testLabel(test)}: fails ${here.failed}/${here.runs} now, ${base.failed}/${base.runs} on the base: ${message}`,
  })
  const lost = lostFrom(gone, task, evidence)
  const overruled = evidence.overruled.filter(({ test }) => !lost.some((other) => sameTest(test, other)))
  return [...ended, ...refused, ...refuseLost(lost), ...refuseOverruled(overruled)]
}

function regressionFact({ test, message, here, base }: RegressionSuspect): string {
  const now = `fails in ${here.failed} of ${here.runs} runs now`
  if (base.runs === 0) return `${testLabel(test)} is new and ${now}: ${firstLine(message)}`
  return `${testLabel(test)} passed before and ${now} (${base.failed} of ${base.runs} on the base): ${firstLine(message)}`
}

/** A file that fails beside tests of it that are told needs no line of its own. */
function toldOnce(regressions: readonly RegressionSuspect[]): RegressionSuspect[] {
  const files = new Set(regressions.filter(({ test }) => !isWholeFile(test)).map(({ test }) => test.file))
  return regressions.filter(({ test }) => !isWholeFile(test) || !files.has(test.file))
}

/** Whether nothing reports a test of a file that the task names. That a file cannot be loaded takes no test of it away. */
function isGone(test: TestId, task: TaskDefinition, evidence: FullEvidence): boolean {
  const reports = reportsOf(evidence)
  const unloaded = reports.some(({ loadFailures }) => loadFailures.some(({ file }) => file === test.file))
  if (isWholeFile(test) || !declaresTest(test.file, task) || unloaded) return false
  return !reports.some(({ tests }) => tests.some((result) => sameTest(result, test)))
}

function lostFrom(
  gone: readonly RegressionSuspect[],
  task: TaskDefinition,
  evidence: FullEvidence,
): TestId[] {
  const present = reportsOf(evidence).flatMap(({ tests }) => tests)
  const frozen = new Set(evidence.green.frozen.map(testKey))
  const written = [...evidence.added, ...present.filter((test) => frozen.has(testKey(test)))]
  return lostTests({ gone: unique(gone.map(({ test }) => test)), written: unique(written), present }, task)
}

/** A new test is frozen as well, and two suites may report one file. */
function unique(tests: readonly TestId[]): TestId[] {
  return [...new Map(tests.map((test) => [testKey(test), test])).values()]
}

function refuseLost(lost: readonly TestId[]): Refusal[] {
  return refuseEach(lost, {
    code: 'regression',
    fact: (test) =>
      `${testLabel(test)} passed before and was dropped, and fewer tests are new than were dropped; rows of one table or loop count as one`,
    hint: 'sources cannot mend this: write the named tests again, or as many others in their place (an agent disputes the tests)',
    detail: testLabel,
  })
}

function refuseOverruled(overruled: readonly OverruledTest[]): Refusal[] {
  return refuseEach(overruled, {
    code: 'regression',
    fact: ({ test, how, message }) =>
      `${testLabel(test)} was ${how}, and as it was it fails with the change: ${firstLine(message)}`,
    hint: 'keep what worked working; where something else is to hold now, a test that asks the same and fails without the change has to say so: sources cannot mend that, dispute the tests',
    detail: ({ test, message }) => `${testLabel(test)}: ${message}`,
  })
}

function reportsOf({ report, otherRuns }: FullEvidence): readonly TestReport[] {
  return [report, ...otherRuns.map((run) => run.report)]
}

function refuseRemoval({ green, removal }: FullEvidence): Refusal[] {
  const standing = new Map(removal.standings.map((test) => [`${test.file}\0${test.name}`, test]))
  const undetected = green.frozen.filter(isProof).flatMap((test) => {
    const without = standing.get(`${test.file}\0${test.name}`)
    return without !== undefined && isProof(without) ? [] : [{ test, without }]
  })
  return refuseEach(undetected, {
    code: 'removal_not_detected',
    fact: ({ test, without }) =>
      `${testLabel(test)} ${withoutText(without)} when the task's sources are taken away`,
    hint: 'a test must fail without the sources: let it reach them and assert on what they do, not on what a fixture or another change provides',
    detail: ({ test, without }) => `${testLabel(test)}: ${withoutText(without)}`,
  })
}

function withoutText(test: TouchedTest | undefined): string {
  return test === undefined ? 'was not reported' : standingText(test.standing)
}

function refuseChecks({ checks }: FullEvidence): Refusal[] {
  return refuseEach(
    checks.filter(({ added }) => added.length > 0),
    {
      code: 'check_failed',
      fact: ({ check, added }) =>
        `check ${check.name} (\`${check.command.join(' ')}\`) has ${added.length} new findings: ${firstLine(added[0] ?? '')}`,
      hint: 'repair what the check reports; findings that were there before do not count',
      detail: ({ check, added }) => `${check.name}:\n${added.join('\n')}\n--- whole output\n${check.output}`,
    },
  )
}

/** A named check counts like the suite's own, by what it adds; a command of the task has to succeed. */
function refuseVerifySteps({ task, evidence }: FullCase): Refusal[] {
  const failed = evidence.verifySteps.filter((step) => {
    if (step.ok) return false
    const named = task.verify.some((wanted) => 'check' in wanted && wanted.check === step.name)
    const compared = evidence.checks.find(({ check }) => check.name === step.name)
    return !(named && compared !== undefined && compared.added.length === 0)
  })
  return refuseEach(failed, {
    code: 'verify_command_failed',
    fact: (step) => `\`${step.command.join(' ')}\` ${exitText(step)}`,
    hint: 'make the command succeed in a clean tree; its output is below',
    detail: (step) => `${step.name}: ${exitText(step)}\n${step.output}`,
  })
}

function exitText(step: CheckResult): string {
  if (step.timedOut) return 'did not end in time'
  return step.exitCode === null
    ? `could not be started: ${firstLine(step.output)}`
    : `ended with exit code ${step.exitCode}`
}
