import { type TestResult, testKey } from './evidence.ts'
import { failureText, firstLine, refuseEach, refuseEnd, testLabel } from './judge-facts.ts'
import { isTestMatter, mayChangeAtGreen } from './judge-paths.ts'
import type { TaskDefinition } from './plan.ts'
import type { GreenEvidence } from './proof.ts'
import type { Suite } from './suite.ts'
import { refuseFlood } from './refuse-flood.ts'
import { type Refusal, type Verdict, verdictOf } from './verdict.ts'

interface GreenCase {
  readonly task: TaskDefinition
  readonly suite: Suite
  readonly evidence: GreenEvidence
}

/** Whether sources do what the frozen tests ask: nothing frozen changed, exactly the frozen tests ran, all of them pass, and the assertions were alive. */
export function judgeGreen(green: GreenCase): Verdict {
  const { task, evidence } = green
  const writesSources = task.kind !== 'verify_only'
  if (writesSources && evidence.changes.length === 0) return verdictOf([NO_CHANGE])
  const flood = refuseFlood(task, evidence.changes)
  return verdictOf([...refusePaths(green), ...flood, ...refuseRun(green)])
}

/** What the run of the frozen tests itself says; a landing asks only this. */
export function refuseRun({ task, evidence }: GreenCase): Refusal[] {
  const proves = task.kind === 'implement' || task.kind === 'verify_only'
  if (evidence.frozen.length === 0) return proves ? [NO_TESTS] : []
  const ended = refuseEnd(evidence.report, 'the run of the frozen tests')
  if (ended.length > 0) return ended
  const disturbed = refuseDisturbed(evidence)
  const failed = refuseFailed(evidence)
  return [...disturbed, ...failed, ...refuseOtherNames(evidence)]
}

const NO_CHANGE: Refusal = {
  code: 'no_change',
  fact: 'no file was changed',
  hint: 'write the sources that make the frozen tests pass',
  details: [],
}

const NO_TESTS: Refusal = {
  code: 'no_tests_found',
  fact: 'the task has no frozen test, and zero tests are never green',
  hint: 'the task needs tests first',
  details: [],
}

function refusePaths({ task, suite, evidence }: GreenCase): Refusal[] {
  const wrong = evidence.changes.filter((change) => !mayChangeAtGreen(change, task, suite))
  return [
    ...refuseEach(
      wrong.filter(({ held }) => held !== undefined),
      {
        code: 'tests_changed',
        fact: (change) =>
          `${change.path} was ${change.change}, but what tests lean on is frozen (${change.held})`,
        hint: 'undo the change, and change the sources; a plan can give the file to the task (`sources`, `allow`), and if a test is wrong, dispute it with a reason',
        detail: (change) => `${change.change} ${change.path}: ${change.held}`,
      },
    ),
    ...refuseEach(
      wrong.filter((change) => change.held === undefined && isTestMatter(change, suite)),
      {
        code: 'tests_changed',
        fact: (change) => `${change.path} was ${change.change}, but the tests are frozen`,
        hint: 'leave every test and fixture as it is and change the sources; if a test is wrong, dispute it with a reason',
        detail: (change) => `${change.change} ${change.path}`,
      },
    ),
    ...refuseEach(
      wrong.filter((change) => !isTestMatter(change, suite)),
      {
        code: 'wrong_files',
        fact: (change) =>
          `${change.path} was ${change.change}, but it is configuration that this task is not allowed to change`,
        hint: 'undo the change; only a plan can allow it (`allow`)',
        detail: (change) => `${change.change} ${change.path} (${change.pathClass})`,
      },
    ),
  ]
}

/** A run in which a false assertion passes, or whose exit code hides a failure, proves nothing. In a file that did not load nothing was injected. */
function refuseDisturbed({ canaries, report }: GreenEvidence): Refusal[] {
  const unloaded = new Set(report.loadFailures.map((load) => load.file))
  const silent = refuseEach(
    canaries.filter((canary) => !canary.caught && !unloaded.has(canary.file)),
    {
      code: 'runner_failure',
      fact: (canary) =>
        `a false assertion of ${canary.library} injected into ${canary.file} was not reported as failed`,
      hint: 'the sources disturb the assertion library, the test runner or the process: remove whatever patches globals, modules or process.exit when loaded',
      detail: (canary) => `${canary.file}: ${canary.library} ${canary.caught ? 'reported' : 'not reported'}`,
    },
  )
  const failing =
    canaries.length > 0 ||
    report.loadFailures.length > 0 ||
    report.tests.some((test) => test.outcome === 'failed')
  const code = report.end.kind === 'finished' ? report.end.exitCode : null
  if (silent.length > 0 || (code !== 0) === failing) return silent
  return [
    {
      code: 'runner_failure',
      fact: failing
        ? 'the runner ended with exit code 0 although tests failed'
        : `the runner ended with exit code ${code} although no test failed`,
      hint: 'the sources must not set the exit code or end the process',
      details: report.output.split('\n').slice(-50),
    },
  ]
}

function refuseFailed({ report, frozen, known }: GreenEvidence): Refusal[] {
  const ignored = new Set(known.map((test) => testKey(test)))
  const running = new Set(frozen.filter(({ standing }) => standing.kind !== 'not_run').map(testKey))
  const failed = report.tests.filter((result) => {
    if (result.outcome === 'passed' || ignored.has(testKey(result))) return false
    return result.outcome === 'failed' || running.has(testKey(result))
  })
  return [
    ...refuseEach(report.loadFailures, {
      code: 'load_failure',
      fact: ({ file, failure }) => `${file} could not be loaded: ${firstLine(failure.message)}`,
      hint: 'make the sources load: correct their syntax, export every name that the tests import, let nothing throw on import',
      detail: ({ file, failure }) => `${file}: ${failureText(failure)}`,
    }),
    ...refuseEach(
      failed.filter((result) => result.failure?.kind === 'timeout'),
      {
        code: 'timeout',
        fact: (result) => `${testLabel(result)} did not end in time, twice, the second time alone`,
        hint: 'let the behaviour come to an end: resolve every promise, close every handle, end every loop',
        detail: (result) => `${testLabel(result)}: ${failureText(result.failure)}`,
      },
    ),
    ...refuseEach(
      failed.filter((result) => result.failure?.kind !== 'timeout'),
      {
        code: 'tests_failed',
        fact: (result) => `${testLabel(result)} ${outcomeText(result)}`,
        hint: 'change the sources until every frozen test passes',
        detail: (result) =>
          `${testLabel(result)}: ${result.outcome === 'skipped' ? 'skipped' : failureText(result.failure)}`,
      },
    ),
  ]
}

function outcomeText(result: TestResult): string {
  return result.outcome === 'skipped' ? 'was skipped' : `fails: ${firstLine(result.failure?.message ?? '')}`
}

/** The frozen tests and no others: a test that disappears or appears is the sources' doing. Files that did not load say nothing. */
function refuseOtherNames({ missing, extra, report }: GreenEvidence): Refusal[] {
  const unloaded = new Set(report.loadFailures.map((load) => load.file))
  return [
    ...refuseEach(
      missing.filter((test) => !unloaded.has(test.file)),
      {
        code: 'tests_failed',
        fact: (test) => `${testLabel(test)} was frozen and did not run`,
        hint: 'let the test files run to their end: the sources must not end the process, and tests must be the ones that were frozen',
        detail: (test) => `missing: ${testLabel(test)}`,
      },
    ),
    ...refuseEach(extra, {
      code: 'tests_changed',
      fact: (test) => `${testLabel(test)} ran and is not among the frozen tests`,
      hint: 'the sources must not add tests; names of tests must not depend on the sources',
      detail: (test) => `extra: ${testLabel(test)}`,
    }),
  ]
}
