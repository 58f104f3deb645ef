import type { Circuit, CircuitLevel } from './circuit.ts'
import type { TaskStateName } from './task.ts'

/**
 * What became of what a circuit guards, once that goes on no more by itself. Nobody asks such a circuit, and where it is
 * not closed it holds nothing back.
 */
export const CIRCUIT_ENDS = [
  'task_completed',
  'task_failed',
  'task_needs_human',
  'task_cancelled',
  'worker_retired',
  'run_ended',
] as const
export type CircuitEnd = (typeof CIRCUIT_ENDS)[number]

/**
 * Of the task that a stage belongs to, or of a worker; null for what it is not about, and for what is not known. A task
 * goes before its run: a person may let it go on, and the run with it.
 */
export function circuitEnd(guarded: {
  readonly task: TaskStateName | null
  readonly worker: 'idle' | 'working' | 'stopped' | null
  readonly runEnded: boolean
}): CircuitEnd | null {
  const ofTask = CIRCUIT_ENDS.find((end) => end === `task_${guarded.task}`)
  if (ofTask !== undefined) return ofTask
  if (guarded.runEnded) return 'run_ended'
  return guarded.worker === 'stopped' ? 'worker_retired' : null
}

export const END_WORDS: Readonly<Record<CircuitEnd, string>> = {
  task_completed: 'its task has landed',
  task_failed: 'its task has failed',
  task_needs_human: 'its task waits for a person',
  task_cancelled: 'its task was cancelled',
  worker_retired: 'the worker has retired',
  run_ended: 'its run has ended',
}

/** A circuit with what it guards, and why that goes on no more; null while it does. */
export interface Guarding {
  readonly level: CircuitLevel
  readonly identifier: string
  readonly circuit: Circuit
  readonly ended: CircuitEnd | null
}
