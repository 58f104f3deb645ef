/**
 * What the engine measured about a tree. Facts only: nothing here is a judgement, and nothing comes from an agent.
 */

/** A git object id of a tree. Every proof tree has one, so evidence can be keyed by it. */
export type TreeId = string
export type CommitId = string
export type BlobId = string

export type TestOutcome = 'passed' | 'failed' | 'skipped'

/** Identity of a test: its file, relative to the repository, and its full name (suites and test joined by ` > `). */
export interface TestId {
  readonly file: string
  readonly name: string
}

export interface TestResult extends TestId {
  readonly outcome: TestOutcome
  readonly durationMs: number | null
  /** Present exactly when the outcome is `failed`. */
  readonly failure: TestFailure | null
}

/** Why a test failed, as the runner told it. */
export interface TestFailure {
  /** `assertion`: an assertion library said so. `timeout`: the per-test limit. `load`: the file could not be collected. `error`: all else. */
  readonly kind: 'assertion' | 'error' | 'timeout' | 'load'
  readonly errorName: string | null
  readonly message: string
  /** Innermost first; paths relative to the tree where they lie inside it, absolute elsewhere. */
  readonly frames: readonly StackFrame[]
}

export interface StackFrame {
  readonly file: string
  readonly line: number | null
}

/** One run of a runner, whatever the runner. */
export interface TestReport {
  readonly tests: readonly TestResult[]
  /** Files that could not be collected: syntax error, missing module, a throw while loading. */
  readonly loadFailures: readonly LoadFailure[]
  readonly end: RunEnd
  readonly durationMs: number
  /** Tail of the runner's own output, for people and for repair prompts. */
  readonly output: string
}

export interface LoadFailure {
  readonly file: string
  readonly failure: TestFailure
}

/** How the run ended. Only `finished` can prove anything. */
export type RunEnd =
  | { readonly kind: 'finished'; readonly exitCode: number }
  /** The runner started and ended without a usable report. */
  | { readonly kind: 'crashed'; readonly exitCode: number | null; readonly reason: string }
  | { readonly kind: 'timeout'; readonly limitMs: number }
  /** A build command of the suite failed: counts as a load failure of every file. */
  | { readonly kind: 'build_failed'; readonly command: readonly string[]; readonly output: string }
  /** The runner or its toolchain is not there. */
  | { readonly kind: 'unavailable'; readonly reason: string }

/** A check (linter, type checker, `verify` command) that ran in a proof tree. */
export interface CheckResult {
  readonly name: string
  readonly command: readonly string[]
  readonly ok: boolean
  readonly exitCode: number | null
  readonly timedOut: boolean
  /** Lines of the output with tree paths made relative and positions removed, to tell new findings from old ones. */
  readonly findings: readonly string[]
  /** How many such lines there are beyond those that are kept. */
  readonly omitted: number
  readonly output: string
  readonly durationMs: number
}

const PATH_CLASSES = ['test', 'source', 'frozen', 'free'] as const
export type PathClass = (typeof PATH_CLASSES)[number]

export interface PathChange {
  readonly path: string
  readonly change: 'added' | 'modified' | 'deleted'
  readonly pathClass: PathClass
  /** Why a path of no pattern counts as a test's: tests lean on it. */
  readonly held?: string
}

/** A stub that the engine added to a proof tree so that tests can load. */
export interface StubRecord {
  readonly path: string
  /** Names that the stub provides; `default` and `*` included. */
  readonly names: readonly string[]
  readonly kind: 'file' | 'appended_exports'
}

/** A test-quality rule that a touched test breaks. */
export interface RuleFinding {
  readonly rule: string
  readonly file: string
  readonly test: string | null
  readonly line: number | null
  readonly message: string
}

export function sameTest(left: TestId, right: TestId): boolean {
  return left.file === right.file && left.name === right.name
}

/** Whether it is no test of a file but the file: what its process does beside its tests. */
export function isWholeFile({ file, name }: TestId): boolean {
  return name === file
}

/** A key for maps and sets; no path and no test name contains a NUL. */
export function testKey(test: TestId): string {
  return `${test.file}\0${test.name}`
}
