import type { Engine } from '../engine/open.ts'
import type { Output } from './output.ts'
import type { RunSource } from './run-source.ts'
import { tellRun } from './tell-run.ts'

/** Tells the events of a run as they happen, by cursor; the engine knows nothing of it. */
export function followRun(
  engine: Engine,
  output: Output,
): AsyncDisposable & { start(run: string): void; stop(): Promise<void> } {
  const since = engine.world.clock.now()
  const stopped = new AbortController()
  let following: Promise<void> | null = null
  const stop = async (): Promise<void> => {
    stopped.abort()
    await following
  }
  return {
    start: (run) => {
      if (following !== null) return
      following = tellRun(sourceOf(engine, run), {
        output,
        clock: engine.world.clock,
        since,
        signal: stopped.signal,
      })
      // What goes wrong is thrown by `stop`; a run does not end because nobody can be told of it.
      following.catch(() => stopped.abort())
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function sourceOf(engine: Engine, run: string): RunSource {
  const { store } = engine.world
  return {
    events: (after, limit) => store.events({ after, limit, run }),
    waitForEvent: (after, signal) => store.waitForEvent(after, signal),
    keys: async () => (await store.tasks(run)).map(({ definition }) => definition.key),
    workers: () => store.workers(run),
    spend: () => store.spend(run),
  }
}
