import type {
  CheckResult,
  PathChange,
  RuleFinding,
  StubRecord,
  TestId,
  TestReport,
  TreeId,
} from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Command, Suite } from '../domain/suite.ts'

/**
 * Gathers evidence about trees by running commands in proof trees. It never judges: `domain/judge-*.ts` does, from the
 * facts returned here. It knows nothing of git or slots: `Laboratory` lends it trees.
 */
export interface Verifier {
  /** Every test of the suite at a commit that people made; measured once per tree. Failing tests run again, to tell flaky ones apart. */
  baseline(suite: Suite, tree: TreeId): Promise<Baseline>
  red(request: RedRequest): Promise<RedEvidence>
  green(request: GreenRequest): Promise<GreenEvidence>
  /** What VERIFY, RE_VERIFY and a landing need beyond GREEN's run. */
  full(request: FullRequest): Promise<FullEvidence>
}

/** Lends proof trees. The engine implements it over git and slots. */
export interface Laboratory {
  files(tree: TreeId): Promise<ReadonlyMap<string, { readonly mode: string; readonly id: string }>>
  /** Content of a file of a tree, or null. */
  read(tree: TreeId, path: string): Promise<string | null>
  /** The tree with these files replaced (null deletes). */
  compose(base: TreeId, changes: ReadonlyMap<string, string | null>): Promise<TreeId>
  /** Like `compose`, taking the given paths as they are in another tree. */
  graft(base: TreeId, from: TreeId, paths: readonly string[]): Promise<TreeId>
  /** Runs `use` while a proof tree with exactly these files, set up for the suite, is lent. Waits for a verification slot. */
  within<T>(request: { readonly suite: Suite; readonly tree: TreeId }, use: (place: Place) => Promise<T>): Promise<T>
  /** Evidence kept by (tree, command, environment); null when there is none. */
  recall(key: string): Promise<string | null>
  keep(key: string, value: string): Promise<void>
}

/** A proof tree in use. */
export interface Place {
  readonly directory: string
  /** Outside the tree, writable by the command. */
  readonly reports: string
  /** Cores that one run may use. */
  readonly parallelism: number
  /** Runs a command of the suite in the tree, contained, with the suite's environment. */
  run(command: PlaceCommand): Promise<PlaceResult>
  /** Puts other files in place, keeping what setup installed. */
  fill(tree: TreeId): Promise<void>
}

export interface PlaceCommand {
  readonly argv: Command
  /** Relative to the tree. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly wallMs: number
  readonly outputBytes: number
}

export interface PlaceResult {
  readonly end:
    | { readonly kind: 'exited'; readonly code: number }
    | { readonly kind: 'signaled'; readonly signal: string }
    | { readonly kind: 'timeout' }
    | { readonly kind: 'limit'; readonly which: string }
    | { readonly kind: 'not_started'; readonly message: string }
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

export interface Baseline {
  readonly report: TestReport
  /** Failed at least once and passed at least once on the same tree. */
  readonly flaky: readonly TestId[]
  readonly checks: readonly CheckResult[]
}

export interface RedRequest {
  readonly suite: Suite
  readonly task: TaskDefinition
  readonly baseTree: TreeId
  readonly redTree: TreeId
  readonly changes: readonly PathChange[]
  /** Criterion id to test full names, as the agent's evidence mapping claims. */
  readonly claims: Readonly<Record<string, readonly string[]>>
}

export interface RedEvidence {
  readonly kind: 'red'
  readonly changes: readonly PathChange[]
  readonly touched: readonly TouchedTest[]
  readonly stubs: readonly StubRecord[]
  /** On the tree as the agent left it, completed by throwing stubs where needed: the touched test files. */
  readonly report: TestReport
  /** Tests that were not touched, in files that were run: outcome before and now. */
  readonly untouched: readonly { readonly test: TestId; readonly before: 'passed' | 'failed' | 'skipped'; readonly now: 'passed' | 'failed' | 'skipped' | 'missing' }[]
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
  | { readonly kind: 'fails'; readonly reason: 'assertion' | 'missing_name' | 'stub' | 'source_exception'; readonly message: string; readonly perFile: boolean }
  /** It passes already: frozen like the rest, never proof. */
  | { readonly kind: 'characterisation' }
  /** It fails, and the failure proves nothing. */
  | { readonly kind: 'wrong'; readonly reason: 'syntax' | 'foreign_module' | 'timeout' | 'test_exception' | 'runner'; readonly message: string }
  /** It passes against the throwing stub and against the undefined one. */
  | { readonly kind: 'weak'; readonly message: string }
  | { readonly kind: 'not_run'; readonly reason: 'skipped' | 'missing' }

export interface GreenRequest {
  readonly suite: Suite
  readonly task: TaskDefinition
  readonly redTree: TreeId
  readonly greenTree: TreeId
  /** Tests frozen at RED: they must be exactly the tests collected in their files. */
  readonly frozen: readonly TouchedTest[]
  readonly changes: readonly PathChange[]
}

export interface GreenEvidence {
  readonly kind: 'green'
  readonly changes: readonly PathChange[]
  /** The task's test files. */
  readonly report: TestReport
  /** Whether each injected false assertion was reported as failed. */
  readonly canaries: readonly Canary[]
  readonly missing: readonly TestId[]
  readonly extra: readonly TestId[]
  readonly commands: readonly Command[]
}

export interface Canary {
  readonly file: string
  readonly library: string
  readonly caught: boolean
}

export interface FullRequest {
  readonly suite: Suite
  readonly task: TaskDefinition
  /** What "before" is: the tree of the base, or of the target's head at a landing. */
  readonly baseTree: TreeId
  /** The tree under proof: GREEN's, FIX's or the merge's. */
  readonly tree: TreeId
  /** `baseTree` with the task's tests and nothing else of the task. */
  readonly testsTree: TreeId
  readonly frozen: readonly TouchedTest[]
  readonly changes: readonly PathChange[]
}

export interface FullEvidence {
  readonly kind: 'full'
  readonly green: GreenEvidence
  /** Proof tests run again alone: outcome of each repetition. */
  readonly repeats: readonly { readonly test: TestId; readonly outcomes: readonly ('passed' | 'failed' | 'missing')[] }[]
  /** Tests that passed at the base and do not now, each with what running it alone again on both trees said. */
  readonly regressions: readonly RegressionSuspect[]
  readonly report: TestReport
  readonly checks: readonly { readonly check: CheckResult; readonly before: CheckResult | null; readonly added: readonly string[] }[]
  /** The task's `verify` commands and checks. */
  readonly verifySteps: readonly CheckResult[]
  readonly removal: RemovalEvidence
  readonly findings: readonly RuleFinding[]
  readonly commands: readonly Command[]
}

export interface RegressionSuspect {
  readonly test: TestId
  readonly message: string
  /** Runs alone on the tree under proof: failures and tries. */
  readonly here: { readonly failed: number; readonly runs: number }
  /** Runs alone on the base. */
  readonly base: { readonly failed: number; readonly runs: number }
}

/** The same tests on a tree without the task's sources. */
export interface RemovalEvidence {
  readonly standings: readonly TouchedTest[]
  readonly stubs: readonly StubRecord[]
}
