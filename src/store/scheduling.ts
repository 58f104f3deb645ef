import type { Neighbour } from '../domain/neighbours.ts'
import type { PeopleWait } from '../domain/people-wait.ts'
import type { TaskStateName } from '../domain/task.ts'

/** The part of the store that knows what of a run can go on. */
export interface Scheduling {
  /** Keys of tasks in these states, in the order of the plan. */
  keysIn(run: string, states: readonly TaskStateName[]): Promise<string[]>
  /** What the task depends on, what depends on it, and what is worked or landed now. */
  neighbours(run: string, key: string): Promise<Neighbour[]>
  /** What can go on of a run, and what it waits for. */
  outlook(run: string, at: number): Promise<Outlook>
  /** At most so many keys that look claimable at that time, in the order in which they are claimed. */
  claimable(run: string, at: number, most: number, only?: { readonly givenBack: true }): Promise<string[]>
  /** What each task holds that is worked or landed now. */
  heldPaths(run: string): Promise<HeldPaths[]>
}

export interface Outlook {
  /** Something goes on by itself: it can be claimed now or later, is worked, or lands. */
  readonly goesOn: boolean
  /** A worker or a person has a task. */
  readonly isWorked: boolean
  /** When the next task may be claimed that cannot be yet for its time. */
  readonly nextClaimAt: number | null
  /** Tasks with which nothing happens until a person does something. */
  readonly waits: readonly PeopleWait[]
}

interface HeldPaths {
  readonly task: string
  readonly entries: readonly string[]
}

export interface ClaimRequest {
  readonly run: string
  readonly worker: string
  readonly leaseMs: number
  /** Keys in the order in which they should be taken. Default: all, higher priority first, then the longest chain behind it, then the plan's order. */
  readonly candidates?: readonly string[]
  /** False for what only has to be written down: no circuit holds that, and it probes none. Default true. */
  readonly asksCircuits?: boolean
}
