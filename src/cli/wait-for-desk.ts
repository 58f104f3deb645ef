import { executePeople } from '../engine/execute-people.ts'
import { openEngine } from '../engine/open.ts'
import { OrchestratorError } from '../errors.ts'
import type { Run, StoreReader, Task } from '../observe/open-readonly.ts'
import { isLive, requireTask } from '../observe/open-watch.ts'
import { systemClock } from '../runtime/clock.ts'
import type { CommandContext } from './command-context.ts'
import { faultLine } from './fault-line.ts'

interface Waiting {
  readonly found: { readonly reader: StoreReader; readonly run: Run }
  readonly key: string
  readonly signals: { readonly winding: AbortSignal; readonly stopping: AbortSignal }
}

/** How often it is looked whether a live run has done what was asked. */
const LOOK_MS = 200

/**
 * Until the engine has done what a person asked for: by the run that goes on, or where none does, by ourselves. What was
 * asked stands in the store, so that nothing of it is lost with us or with that run.
 */
export async function waitForDesk(context: CommandContext, waiting: Waiting): Promise<Task> {
  const { found, key, signals } = waiting
  for (;;) {
    const task = requireTask(found, key)
    if (task.person === null || task.person.asks === null || signals.winding.aborted) return task
    if (isLive(found.reader) || !(await workAlone(context, waiting)))
      await systemClock.sleep(LOOK_MS, signals.winding)
    else if (stillAsked(requireTask(found, key)) && !signals.winding.aborted) throw notDone(waiting)
  }
}

/** False where somebody else has the store by now. */
async function workAlone(context: CommandContext, { found, signals }: Waiting): Promise<boolean> {
  const { cwd, env, output } = context
  try {
    await using engine = await openEngine({ directory: cwd, env, flags: {} })
    const run = (await engine.world.store.run(found.run.id)) ?? found.run
    const report = (thrown: unknown): void => output.progress(faultLine(thrown))
    await executePeople(engine, { run, winding: signals.winding, stopping: signals.stopping, report })
    return true
  } catch (thrown) {
    if (thrown instanceof OrchestratorError && thrown.code === 'store_owned') return false
    throw thrown
  }
}

function stillAsked({ person }: Task): boolean {
  return person !== null && person.asks !== null
}

function notDone({ found, key }: Waiting): OrchestratorError {
  const { reason } = found.reader.run(found.run.id) ?? found.run
  return new OrchestratorError(
    'run_state',
    `what was asked for ${key} was not done: ${reason ?? 'the run ended'}`,
    {
      hint: `Mend that and type the same again, or give it back: orchestrator task give-back ${key}`,
    },
  )
}
