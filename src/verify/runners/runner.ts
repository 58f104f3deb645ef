import type { LoadFailure, TestResult } from '../../domain/evidence.ts'
import type { Command, RunnerName, Suite } from '../../domain/suite.ts'
import type { Place, PlaceResult } from '../verify.ts'

/** One test runner: how it is found, how it is called, and what its report means. One file per runner, one conformance suite for all. */
export interface Runner {
  readonly name: RunnerName
  /** The runner's own command, without machine paths, for the evidence record. */
  readonly program: Command
  /** The runner's program in this tree, or the reason why there is none. */
  locate(place: Place, suite: Suite): Promise<Located>
  /** Test files for "all of the suite", relative to the repository; null when the runner finds them by itself. */
  discover(place: Place, suite: Suite): Promise<readonly string[] | null>
  /** Whether each file needs a run of its own. */
  separately?(suite: Suite): boolean
  /** The whole command line. `paths` carries machine paths, or placeholders for the evidence record. */
  argv(call: Call): Command
  /** Before the command starts. */
  prepare?(place: Place, call: Call): Promise<void>
  env(call: Call): Readonly<Record<string, string>>
  read(outcome: Outcome): Promise<Reading>
}

export type Located =
  | { readonly kind: 'found'; readonly program: Command; readonly version: string | null }
  | { readonly kind: 'unavailable'; readonly reason: string }

export interface Call {
  readonly suite: Suite
  /** Relative to the suite's directory; null for all that the runner finds. */
  readonly files: readonly string[] | null
  readonly program: Command
  readonly version: string | null
  readonly paths: CallPaths
}

export interface CallPaths {
  /** Our directory of reporters. */
  readonly reporters: string
  /** The file that the reporter writes. */
  readonly report: string
  readonly parallelism: string
}

export interface Outcome {
  readonly place: Place
  readonly suite: Suite
  readonly call: Call
  readonly result: PlaceResult
  /** The content of the report file; null when it was not written. */
  readonly report: string | null
  readonly tree: TreeRoots
}

/** The tree's directory under every name by which the runner may know it. */
export interface TreeRoots {
  readonly directories: readonly string[]
  /** The suite's directory, relative to the tree. */
  readonly cwd: string
}

export interface Reading {
  /** Names may repeat; the caller makes them unique. */
  readonly tests: readonly TestResult[]
  readonly loadFailures: readonly LoadFailure[]
  /** Why the report cannot be believed; null when it can. */
  readonly flaw: string | null
}
