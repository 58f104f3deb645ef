import type { Event } from '../domain/event.ts'
import type { Engine } from '../engine/open.ts'
import type { Output } from './output.ts'

const AT_ONCE = 500

/** Tells the events of a run as they happen, by cursor; the engine knows nothing of it. */
export function followRun(
  engine: Engine,
  output: Output,
): AsyncDisposable & { start(run: string): void; stop(): Promise<void> } {
  const { store } = engine.world
  const stopped = new AbortController()
  let following: Promise<void> | null = null
  const follow = async (run: string): Promise<void> => {
    let after = 0
    for (;;) {
      const events = await store.events({ after, limit: AT_ONCE, run })
      for (const event of events) {
        after = event.seq
        const line = eventLine(event)
        if (line !== null) output.progress(line)
      }
      if (events.length === AT_ONCE) continue
      if (stopped.signal.aborted) return
      await store.waitForEvent(after, stopped.signal)
    }
  }
  const stop = async (): Promise<void> => {
    stopped.abort()
    await following
  }
  return {
    start: (run) => {
      following ??= follow(run)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** One event as a line for people; null for those that only matter to programs. */
export function eventLine(event: Event): string | null {
  const { kind, task, data } = event
  const stage = typeof data['stage'] === 'string' ? data['stage'].toUpperCase() : ''
  const said = (name: string): string => (typeof data[name] === 'string' ? data[name] : '')
  switch (kind) {
    case 'attempt_started':
      return `${task}  ${stage}`
    case 'attempt_refused':
      return `${task}  ${stage} refused: ${said('code')}: ${said('fact')}`
    case 'attempt_gave_up':
      return `${task}  ${stage} gave up: ${said('cause')}: ${said('detail')}`
    case 'attempt_disputed':
      return `${task}  ${stage} disputes the tests: ${said('reason')}`
    case 'attempt_lost':
      return `${task}  ${stage} lost (${said('cause')}): ${said('detail')}`
    case 'landing_returned':
      return `${task}  came back from landing: ${said('fact')}`
    case 'task_completed':
      return `${task}  landed`
    case 'task_failed':
    case 'task_needs_human':
      return `${task}  ${kind === 'task_failed' ? 'failed' : 'needs a person'}: ${said('reason')}`
    case 'budget_warning':
      return `budget: ${said('warning')}`
    case 'landing_paused':
      return `landing paused: ${said('reason')}`
    default:
      return null
  }
}
