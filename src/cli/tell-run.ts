import type { Event } from '../domain/event.ts'
import type { Clock } from '../runtime/clock.ts'
import { LiveView } from './live-view.ts'
import type { Output } from './output.ts'
import { progressLine } from './progress-lines.ts'

/** A run to follow, by its owner or by a reader beside it. */
export interface RunSource {
  events(after: number, limit: number): Promise<readonly Event[]>
  /** Resolves when an event after this one exists or the signal aborts. */
  waitForEvent(after: number, signal: AbortSignal): Promise<void>
  /** Keys of all tasks. */
  keys(): Promise<readonly string[]>
  workers(): Promise<readonly WorkerLook[]>
  spend(): Promise<SpendLook>
  /** How many tasks have landed. */
  landed(): Promise<number>
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

const AT_ONCE = 500

/** Tells the events of a run as they happen, one line each, with a live view below them on a terminal. Resolves once the signal aborts and all is told. */
export async function tellRun(
  source: RunSource,
  how: {
    readonly output: Output
    readonly clock: Clock
    /** Milliseconds since the epoch, when the work that is told began: what happened before counts and is not told. */
    readonly since: number
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { output, clock, since, signal } = how
  let keys = await source.keys()
  let landed = 0
  const live = output.live ? new LiveView({ source, output, clock, since }) : null
  live?.start()
  try {
    for (let after = 0; ; ) {
      const events = await source.events(after, AT_ONCE)
      for (const event of events) {
        after = event.seq
        if (event.kind === 'task_completed') landed += 1
        if (event.kind === 'tasks_added') keys = await source.keys()
        if (event.at < since) continue
        const line = progressLine(event, {
          elapsedMs: event.at - since,
          landed,
          total: keys.length,
          keyWidth: Math.max(0, ...keys.map((key) => key.length)),
          columns: output.columns,
        })
        if (line !== null) (live ?? output).progress(line)
      }
      if (events.length === AT_ONCE) continue
      if (signal.aborted) return
      await source.waitForEvent(after, signal)
    }
  } finally {
    await live?.stop()
  }
}
