import { stageOf } from '../domain/circuit.ts'
import { circuitEnd } from '../domain/circuit-end.ts'
import type { Engine } from '../engine/open.ts'
import { heldOf } from '../observe/held.ts'
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
  const { store, clock } = engine.world
  return {
    events: (after, limit) => store.events({ after, limit, run }),
    waitForEvent: (after, signal) => store.waitForEvent(after, signal),
    keys: async () => (await store.tasks(run)).map(({ definition }) => definition.key),
    workers: () => store.workers(run),
    spend: () => store.spend(run),
    held: async () => heldOf(await guardedCircuits(engine, run), clock.now()),
  }
}

/** Each with what became of its task, its worker, or the run. */
async function guardedCircuits({ world: { store } }: Engine, run: string) {
  const circuits = await store.circuits(run)
  if (circuits.length === 0) return []
  const tasks = new Map((await store.tasks(run)).map((task) => [task.definition.key, task.state.state]))
  const runEnded = ((await store.run(run))?.endedAt ?? null) !== null
  const workers = new Map((await store.workers(run)).map(({ worker, state }) => [worker, state]))
  return circuits.map((row) => {
    const task = row.level === 'stage' ? (tasks.get(stageOf(row.identifier).task) ?? null) : null
    const worker = row.level === 'worker' ? (workers.get(row.identifier) ?? null) : null
    return { ...row, ended: circuitEnd({ task, worker, runEnded }) }
  })
}
