import type { CheckResult, PathChange, TestId, TestReport, TreeId } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { FullEvidence, GreenEvidence, RedEvidence, TouchedTest } from '../domain/proof.ts'
import type { Command, Suite } from '../domain/suite.ts'

export type { GreenEvidence } from '../domain/proof.ts'

/**
 * Gathers evidence about trees by running commands in proof trees. It never judges: `domain/judge-*.ts` does, from the
 * facts returned here. It knows nothing of git or slots: `Laboratory` lends it trees.
 *
 * What is the machine's fault is thrown, so that no agent is blamed for it: `toolchain_missing` where a runner cannot be
 * started, `setup_failed` where the laboratory says so. `baseline` alone tells it as the end of its report.
 */
export interface Verifier {
  /** Has a place set up for the suite, and asks whether its runner is there; no test runs. */
  ready(suite: Suite, tree: TreeId): Promise<void>
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
  within<T>(request: LendRequest, use: (place: Place) => Promise<T>): Promise<T>
  /** Evidence kept by (tree, command, environment); null when there is none. */
  recall(key: string): Promise<string | null>
  keep(key: string, value: string): Promise<void>
  /** Measurements under way, shared by everybody who may want the same one. Default: only within one verifier. */
  readonly underWay?: Map<string, Promise<unknown>>
  /** Awaits a measurement that somebody else runs. Default: just that. */
  waitFor?<T>(running: Promise<T>): Promise<T>
  /** What the machine brings to every command (versions of the toolchain, platform, containment); part of each evidence key. */
  readonly environment?: string
  /** Secrets that no change may hold, in every form in which they may be written. Default: none is known. */
  readonly secrets?: readonly string[]
}

export interface LendRequest {
  readonly suite: Suite
  readonly tree: TreeId
  /** No other command under verification runs meanwhile: a time-out has to show that it is not the neighbours' doing. Default false. */
  readonly exclusive?: boolean
}

/** A proof tree in use. */
export interface Place {
  readonly directory: string
  /** Outside the tree, writable by the command. */
  readonly reports: string
  /** Where our own code lies, for what a runner loads of it. Default: where it was installed. */
  readonly ownCode?: string
  /** Takes out of what a command wrote what nobody may keep. Default: nothing. */
  readonly clean?: (text: string) => string
  /** Cores that one run may use. */
  readonly parallelism: number
  /** Versions of programs that were asked for, shared by all places where the answer is the same. Default: asked anew. */
  readonly versions?: Map<string, string>
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

export interface GreenRequest {
  readonly suite: Suite
  readonly task: TaskDefinition
  readonly redTree: TreeId
  readonly greenTree: TreeId
  /** Tests frozen at RED: they must be exactly the tests collected in their files. */
  readonly frozen: readonly TouchedTest[]
  readonly changes: readonly PathChange[]
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
  /** Further suites of the repository whose tests must go on to hold. */
  readonly otherSuites: readonly Suite[]
}
