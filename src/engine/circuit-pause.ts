import type { CircuitHold } from '../store/circuit-records.ts'
import type { RunContext } from './context.ts'

/** Where limits end the run with 75, waits up to this are waited for all the same. */
export const LONGEST_WAIT_MS = 60_000

/**
 * Why a run should pause because of what holds a worker: nothing can go on before a person resets a circuit, or, where
 * nobody watches, before a long wait is over. Null where it should be waited for, others can work meanwhile, or a task is
 * still worked: its success would have the circuit tried at once.
 */
export async function pauseFor(context: Pausing, hold: CircuitHold, now: number): Promise<string | null> {
  const { retryAt, level, probing } = hold
  if (probing) return null
  const patient = context.settings.onLimit === 'wait' && retryAt !== null
  if (patient || (retryAt !== null && retryAt - now <= LONGEST_WAIT_MS)) return null
  if ((await context.store.outlook(context.run, now)).isWorked) return null
  if (level === 'worker' && !(await everyWorkerIsHeld(context, now))) return null
  const what = level === 'system' ? 'most work failed' : 'whatever its workers did failed'
  return `${what}; orchestrator circuits status shows why, circuits reset lets it go on`
}

/** What of a run decides whether it pauses. */
type Pausing = Pick<RunContext, 'store' | 'run' | 'working'> & {
  readonly settings: Pick<RunContext['settings'], 'onLimit'>
}

async function everyWorkerIsHeld({ store, run, working }: Pausing, now: number): Promise<boolean> {
  const held = new Set(
    (await store.circuits(run))
      .filter(
        ({ circuit }) => circuit.state === 'open' && (circuit.probeAt ?? Infinity) - now > LONGEST_WAIT_MS,
      )
      .map(({ identifier }) => identifier),
  )
  return [...working].every((worker) => held.has(worker))
}
