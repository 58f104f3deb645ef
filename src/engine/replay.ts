import type { TreeChanges } from '../git/git.ts'

/** How a run that replays a repository's own history differs from one that works a plan. */
export interface Replay {
  /** Those of the tasks that may be claimed now. */
  admitted(tasks: readonly string[]): Promise<readonly string[]>
  /** The only task that may land now, whatever else has arrived; null when nothing is left. */
  nextToLand(): Promise<string | null>
  /** What the task sets in the target: its tests alone, and all of it. Nothing is merged. */
  changes(task: string): { readonly tests: TreeChanges; readonly all: TreeChanges }
  /** A task that lands without proof and runs nothing; null for one that owes a proof. */
  carried(task: string): CarriedCommit | null
  /** Decides what becomes of tasks that were refused: tried once more, or carried. */
  settleRefused(tasks: readonly string[]): Promise<void>
}

/** A commit that is landed as it is. */
export interface CarriedCommit {
  readonly message: string
  readonly changes: TreeChanges
}
