import type { Refusal } from './verdict.ts'

/** The only list of task states; each state carries only its own fields. */
export type TaskState =
  /** A dependency is not completed. */
  | { readonly state: 'pending' }
  /** Claimable. */
  | { readonly state: 'available' }
  /** A worker holds the claim. */
  | { readonly state: 'running' }
  /** Every stage is accepted; it waits for the landing queue or is being landed. */
  | { readonly state: 'landing' }
  | { readonly state: 'completed'; readonly merge: string }
  /** Given back with its accepted stages; claimable once `notBefore` is past. */
  | { readonly state: 'retryable'; readonly notBefore: number; readonly reason: string }
  /** A dependency is failed, cancelled or waits for a person. */
  | { readonly state: 'blocked'; readonly by: readonly string[] }
  | { readonly state: 'failed'; readonly refusal: Refusal | null; readonly reason: string }
  /** The engine cannot decide. */
  | { readonly state: 'needs_human'; readonly reason: string }
  | { readonly state: 'cancelled'; readonly reason: string }

export type TaskStateName = TaskState['state']

export const TASK_STATES = [
  'pending',
  'available',
  'running',
  'landing',
  'completed',
  'retryable',
  'blocked',
  'failed',
  'needs_human',
  'cancelled',
] as const satisfies readonly TaskStateName[]

/** The transition table: from each state, the states it may become. */
const TRANSITIONS: Readonly<Record<TaskStateName, readonly TaskStateName[]>> = {
  pending: ['available', 'blocked', 'needs_human', 'cancelled'],
  available: ['running', 'cancelled', 'pending', 'blocked', 'needs_human'],
  running: ['landing', 'retryable', 'failed', 'needs_human', 'cancelled'],
  landing: ['completed', 'retryable', 'needs_human', 'cancelled'],
  completed: ['retryable'],
  retryable: ['running', 'cancelled', 'needs_human', 'blocked'],
  blocked: ['pending', 'available', 'retryable', 'needs_human', 'cancelled'],
  failed: ['retryable', 'available', 'pending', 'blocked', 'cancelled'],
  needs_human: ['retryable', 'available', 'pending', 'blocked', 'cancelled'],
  cancelled: ['retryable', 'available', 'pending', 'blocked'],
}

/** States in which a task goes on by itself. */
export const GOES_ON: readonly TaskStateName[] = ['pending', 'available', 'running', 'landing', 'retryable']

export function mayBecome(from: TaskStateName, to: TaskStateName): boolean {
  return TRANSITIONS[from].includes(to)
}

/** States from which nothing goes on by itself. */
const SETTLED_STATES = [
  'completed',
  'failed',
  'needs_human',
  'cancelled',
  'blocked',
] as const satisfies readonly TaskStateName[]

export function isSettled(state: TaskStateName): boolean {
  return (SETTLED_STATES as readonly TaskStateName[]).includes(state)
}
