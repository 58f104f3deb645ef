import type {
  CheckResult,
  PathChange,
  RuleFinding,
  RunEnd,
  StubRecord,
  TestId,
  TestReport,
} from './evidence.ts'
import type { Command } from './suite.ts'

/**
 * What the stages gather about a task's trees, and what the judges decide from.
 */

export interface RedEvidence {
  readonly kind: 'red'
  readonly changes: readonly PathChange[]
  readonly touched: readonly TouchedTest[]
  /** Those of them that nobody wrote: something that they read changed. */
  readonly shaken: readonly TestId[]
  readonly stubs: readonly StubRecord[]
  /** On the tree as the agent left it, completed by throwing stubs where needed: the touched test files. */
  readonly report: TestReport
  /** Tests that were not touched, in files that were run: outcome before and now. */
  readonly untouched: readonly {
    readonly test: TestId
    readonly before: 'passed' | 'failed' | 'skipped'
    readonly now: 'passed' | 'failed' | 'skipped' | 'missing'
  }[]
  /** Claims of the agent's evidence mapping that name no touched test. */
  readonly rejectedClaims: readonly { readonly criterion: string; readonly test: string }[]
  readonly findings: readonly RuleFinding[]
  /** Commands that were run, for the evidence record. */
  readonly commands: readonly Command[]
}

/** A touched test with what was found out about it. */
export interface TouchedTest extends TestId {
  readonly bodyHash: string
  readonly criteria: readonly string[]
  readonly standing: TestStanding
}

/** Where a touched test stands without the task's sources. */
export type TestStanding =
  /** It fails, for a right reason: proof. */
  | {
      readonly kind: 'fails'
      readonly reason: 'assertion' | 'missing_name' | 'stub' | 'source_exception' | 'source_value'
      readonly message: string
      readonly perFile: boolean
    }
  /** It passes already: frozen like the rest, never proof. */
  | { readonly kind: 'characterisation' }
  /** It fails, and the failure proves nothing. */
  | {
      readonly kind: 'wrong'
      readonly reason: 'syntax' | 'foreign_module' | 'timeout' | 'test_exception' | 'runner'
      readonly message: string
    }
  /** It passes against the throwing stub and against the undefined one. */
  | { readonly kind: 'weak'; readonly message: string }
  | { readonly kind: 'not_run'; readonly reason: 'skipped' | 'missing' }

export interface GreenEvidence {
  readonly kind: 'green'
  readonly changes: readonly PathChange[]
  readonly frozen: readonly TouchedTest[]
  /** The task's test files, without the injected tests. */
  readonly report: TestReport
  /** Whether each injected false assertion was reported as failed. */
  readonly canaries: readonly Canary[]
  readonly missing: readonly TestId[]
  readonly extra: readonly TestId[]
  /** Tests of these files that were not touched and failed before the sources came, too, or pass when they run again; they count for nothing. */
  readonly known: readonly TestId[]
  readonly commands: readonly Command[]
}

export interface Canary {
  readonly file: string
  readonly library: string
  readonly caught: boolean
}

export interface FullEvidence {
  readonly kind: 'full'
  readonly green: GreenEvidence
  /** Frozen tests run again alone: outcome of each repetition; one more where they fail among all tests of the suite. */
  readonly repeats: readonly {
    readonly test: TestId
    readonly outcomes: readonly ('passed' | 'failed' | 'missing')[]
  }[]
  /** Tests that passed at the base and do not now, each with what running it alone again on both trees said. */
  readonly regressions: readonly RegressionSuspect[]
  /** Tests that held, that the change rewrote or took away, and that as they were fail on the tree. */
  readonly overruled: readonly OverruledTest[]
  /** Tests that ran and that the base does not have, of every suite that ran. */
  readonly added: readonly TestId[]
  /** All tests of the suite, the task's own among them. */
  readonly report: TestReport
  /** How the run of the base ended: unless it finished, there is nothing to compare with and no regression can be told. */
  readonly baseEnd: RunEnd
  /** How the runs of further suites ended; their suspects are among `regressions`. */
  readonly otherRuns: readonly {
    readonly suite: string
    readonly report: TestReport
    readonly baseEnd: RunEnd
  }[]
  readonly checks: readonly {
    readonly check: CheckResult
    readonly before: CheckResult | null
    readonly added: readonly string[]
  }[]
  /** The task's `verify` commands and checks. */
  readonly verifySteps: readonly CheckResult[]
  readonly removal: RemovalEvidence
  readonly findings: readonly RuleFinding[]
  readonly commands: readonly Command[]
}

/** A test of the base that fails as it was, and of whose subject no proof says something else. */
export interface OverruledTest {
  readonly test: TestId
  readonly how: 'rewritten' | 'taken away' | 'given other helpers'
  readonly message: string
}

export interface RegressionSuspect {
  readonly test: TestId
  readonly message: string
  /** Runs alone on the tree under proof: failures and tries. */
  readonly here: { readonly failed: number; readonly runs: number }
  /** Runs alone on the base. */
  readonly base: { readonly failed: number; readonly runs: number }
}

/** The same tests on a tree without the task's sources; nothing where the task has no tests of its own. */
export interface RemovalEvidence {
  readonly standings: readonly TouchedTest[]
  readonly stubs: readonly StubRecord[]
}
