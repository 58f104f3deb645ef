/** An argument array; never a shell string. */
export type Command = readonly string[]

export const RUNNERS = [
  'node',
  'vitest',
  'jest',
  'mocha',
  'ava',
  'tap',
  'pytest',
  'go',
  'cargo',
  'junit',
] as const
export type RunnerName = (typeof RUNNERS)[number]

/** One test runner of a repository with its directory, patterns, setup and checks. All paths are relative to the repository. */
export interface Suite {
  readonly name: string
  readonly runner: RunnerName
  /** Directory in which every command of the suite runs; `.` is the repository itself. */
  readonly cwd: string
  /** Patterns of test files, relative to `cwd`. */
  readonly tests: readonly string[]
  /** Patterns of source files, relative to `cwd`. */
  readonly sources: readonly string[]
  /** Patterns of files that RED may write beside tests, relative to `cwd`. */
  readonly fixtures: readonly string[]
  /** Commands that make a fresh tree able to run its tests (`npm ci`). */
  readonly setup: readonly Command[]
  /** Commands that run in a proof tree before every test run. */
  readonly build: readonly Command[]
  /** Named checks: linters, type checkers. */
  readonly checks: Readonly<Record<string, Command>>
  readonly env: Readonly<Record<string, string>>
  /** Replaces the runner's own command. */
  readonly command: Command | null
  /** Added to the runner's own arguments. */
  readonly args: readonly string[]
  /** For `junit`: where the command writes its report, relative to `cwd` and in the tree; or `{report}`. */
  readonly report: string | null
  readonly limits: SuiteLimits
}

interface SuiteLimits {
  /** One test. */
  readonly testMs: number
  /** One run of the runner. */
  readonly runMs: number
  /** Output of one run that is kept. */
  readonly outputBytes: number
}

export const DEFAULT_SUITE_LIMITS: SuiteLimits = {
  testMs: 30_000,
  runMs: 600_000,
  outputBytes: 4 * 1024 * 1024,
}
