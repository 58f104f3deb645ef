import type { Event } from '../domain/event.ts'
import type { Held } from './held-text.ts'

/** A run to follow, by its owner or by a reader beside it. */
export interface RunSource {
  events(after: number, limit: number): Promise<readonly Event[]>
  /** Resolves when an event after this one exists or the signal aborts. */
  waitForEvent(after: number, signal: AbortSignal): Promise<void>
  /** Keys of all tasks. */
  keys(): Promise<readonly string[]>
  workers(): Promise<readonly WorkerLook[]>
  spend(): Promise<SpendLook>
  /** What holds work back now. */
  held(): Promise<readonly Held[]>
}

export interface WorkerLook {
  readonly worker: string
  readonly state: 'idle' | 'working' | 'stopped'
  readonly task: string | null
  readonly stage: string | null
  /** Milliseconds since the epoch. */
  readonly since: number
}

export interface SpendLook {
  readonly invocations: number
  readonly costUsd: number
}
