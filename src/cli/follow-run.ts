import type { Engine } from '../engine/open.ts'
import type { Output } from './output.ts'
import { progressLine } from './progress-lines.ts'

const AT_ONCE = 500

/** Tells the events of a run as they happen, by cursor; the engine knows nothing of it. */
export function followRun(
  engine: Engine,
  output: Output,
): AsyncDisposable & { start(run: string): void; stop(): Promise<void> } {
  const { store, clock } = engine.world
  const startedAt = clock.monotonic()
  const stopped = new AbortController()
  let following: Promise<void> | null = null
  const follow = async (run: string): Promise<void> => {
    const tasks = await store.tasks(run)
    const keyWidth = Math.max(0, ...tasks.map(({ definition }) => definition.key.length))
    let total = tasks.length
    let landed = 0
    let after = 0
    for (;;) {
      const events = await store.events({ after, limit: AT_ONCE, run })
      for (const event of events) {
        after = event.seq
        if (event.kind === 'task_completed') landed += 1
        if (event.kind === 'tasks_added') total = (await store.tasks(run)).length
        const elapsedMs = clock.monotonic() - startedAt
        const line = progressLine(event, { elapsedMs, landed, total, keyWidth, columns: output.columns })
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
