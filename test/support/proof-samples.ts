import type {
  CheckResult,
  LoadFailure,
  PathChange,
  TestFailure,
  TestOutcome,
  TestReport,
  TestResult,
} from '../../src/domain/evidence.ts'
import type { TaskDefinition } from '../../src/domain/plan.ts'
import type {
  FullEvidence,
  GreenEvidence,
  RedEvidence,
  TestStanding,
  TouchedTest,
} from '../../src/domain/proof.ts'
import { DEFAULT_SUITE_LIMITS, type Suite } from '../../src/domain/suite.ts'
import type { Verdict } from '../../src/domain/verdict.ts'

export const TEST_FILE = 'test/parse.test.js'

export function sampleSuite(over: Partial<Suite> = {}): Suite {
  return {
    name: 'main',
    runner: 'node',
    cwd: '.',
    tests: ['test/**'],
    sources: ['src/**'],
    fixtures: ['test/fixtures/**'],
    setup: [],
    build: [],
    checks: {},
    env: {},
    command: null,
    args: [],
    report: null,
    limits: DEFAULT_SUITE_LIMITS,
    ...over,
  }
}

export function sampleTask(over: Partial<TaskDefinition> = {}): TaskDefinition {
  return {
    key: 'PARSE-1',
    title: 'Parse',
    goal: 'Parse numbers',
    kind: 'implement',
    suite: 'main',
    criteria: [{ id: 'AC-1', text: 'numbers are read', requirements: [] }],
    tests: [TEST_FILE],
    sources: ['src/parse.js'],
    allow: [],
    dependsOn: [],
    complexity: 'low',
    testKind: 'unit',
    exports: [],
    hints: null,
    verify: [],
    done: [],
    priority: 0,
    estimateMs: null,
    locks: [TEST_FILE, 'src/parse.js'],
    ...over,
  }
}

export const FAILS: TestStanding = {
  kind: 'fails',
  reason: 'assertion',
  message: 'expected 1',
  perFile: false,
}

export function touchedTest(
  name: string,
  standing: TestStanding = FAILS,
  criteria: readonly string[] = ['AC-1'],
): TouchedTest {
  return { file: TEST_FILE, name, bodyHash: 'b0', criteria, standing }
}

export function failure(over: Partial<TestFailure> = {}): TestFailure {
  return { kind: 'assertion', errorName: 'AssertionError', message: 'expected 1', frames: [], ...over }
}

export function testResult(name: string, outcome: TestOutcome, over: Partial<TestResult> = {}): TestResult {
  return {
    file: TEST_FILE,
    name,
    outcome,
    durationMs: 1,
    failure: outcome === 'failed' ? failure() : null,
    ...over,
  }
}

export function testReport(tests: readonly TestResult[], over: Partial<TestReport> = {}): TestReport {
  const exitCode = tests.some((test) => test.outcome === 'failed') ? 1 : 0
  return { tests, loadFailures: [], end: { kind: 'finished', exitCode }, durationMs: 1, output: '', ...over }
}

export function loadFailure(file: string, over: Partial<TestFailure> = {}): LoadFailure {
  return { file, failure: failure({ kind: 'load', errorName: 'Error', message: 'cannot load', ...over }) }
}

export function change(path: string, over: Partial<PathChange> = {}): PathChange {
  return { path, change: 'added', pathClass: path.startsWith('test/') ? 'test' : 'source', ...over }
}

export function redEvidence(over: Partial<RedEvidence> = {}): RedEvidence {
  return {
    kind: 'red',
    changes: [change(TEST_FILE)],
    touched: [touchedTest('AC-1 reads numbers')],
    shaken: [],
    stubs: [],
    report: testReport([testResult('AC-1 reads numbers', 'failed')]),
    untouched: [],
    rejectedClaims: [],
    findings: [],
    commands: [],
    ...over,
  }
}

export function greenEvidence(over: Partial<GreenEvidence> = {}): GreenEvidence {
  return {
    kind: 'green',
    changes: [change('src/parse.js')],
    frozen: [touchedTest('AC-1 reads numbers')],
    report: testReport([testResult('AC-1 reads numbers', 'passed')], {
      end: { kind: 'finished', exitCode: 1 },
    }),
    canaries: [{ file: TEST_FILE, library: 'node:assert', caught: true }],
    missing: [],
    extra: [],
    known: [],
    commands: [],
    ...over,
  }
}

export function fullEvidence(over: Partial<FullEvidence> = {}): FullEvidence {
  return {
    kind: 'full',
    green: greenEvidence(),
    repeats: [
      { test: { file: TEST_FILE, name: 'AC-1 reads numbers' }, outcomes: ['passed', 'passed', 'passed'] },
    ],
    regressions: [],
    overruled: [],
    added: [],
    report: testReport([testResult('AC-1 reads numbers', 'passed')]),
    baseEnd: { kind: 'finished', exitCode: 0 },
    otherRuns: [],
    checks: [],
    verifySteps: [],
    removal: { standings: [touchedTest('AC-1 reads numbers')], stubs: [] },
    findings: [],
    commands: [],
    ...over,
  }
}

export function checkResult(over: Partial<CheckResult> = {}): CheckResult {
  return {
    name: 'lint',
    command: ['lint'],
    ok: true,
    exitCode: 0,
    timedOut: false,
    findings: [],
    omitted: 0,
    output: '',
    durationMs: 1,
    ...over,
  }
}

export function codesOf(verdict: Verdict): string[] {
  return verdict.accepted ? [] : verdict.refusals.map((refusal) => refusal.code)
}
