import type { Guarding } from './circuit-end.ts'
import { type CircuitWait, circuitWait } from './circuit-wait.ts'
import { closingCommand, RESUME_COMMAND } from './closing-command.ts'
import { workerPlaces } from './worker-places.ts'

/** What resuming a run needs beside its circuits, as it was when the run came to rest. */
export interface ResumeNeeds {
  /** What is typed before, so that there is a target to land on. Default: nothing. */
  readonly steps?: readonly string[]
  /** Where a budget is spent: the flag behind the command. Default: none. */
  readonly raise?: string | null
}

/** How a run came to rest. */
export interface RunPause extends ResumeNeeds {
  /** How many it had at once. */
  readonly workers: number
  /** Where something else than a circuit paused it, as a limit of the provider: until when. */
  readonly limitUntil: number | null
}

/** How a run that rests goes on. */
interface WayOn {
  /** What a person has to type before it is resumed; null where nothing. */
  readonly reset: string | null
  /** Before then it pauses again, where nobody watches; null where it goes on as soon as it is resumed. */
  readonly at: number | null
}

/** What is recorded when a run comes to rest. */
export interface RunRest extends Omit<RunPause, 'workers'>, Pick<WayOn, 'reset'> {
  /** What paused it; null where a person did, or a signal. */
  readonly by: string | null
  readonly resumeAt: WayOn['at']
}

interface Resting {
  readonly pause: RunPause | null
  readonly circuits: readonly AnyGuarding[]
  readonly now: number
}

type AnyGuarding = Omit<Guarding, 'ended'>

export function wayOn(resting: Resting): WayOn {
  const { reset, until } = runHold(resting) ?? { reset: null, until: null }
  const at = Math.max(until ?? 0, resting.pause?.limitUntil ?? 0)
  return { reset, at: at > resting.now ? at : null }
}

/** The one line to type. */
export function resumeCommand({
  reset,
  steps = [],
  raise = null,
}: Pick<WayOn, 'reset'> & ResumeNeeds): string {
  const resume = raise === null ? RESUME_COMMAND : `${RESUME_COMMAND} ${raise}`
  return [...(reset === null ? [] : [reset]), ...steps, resume].join(' && ')
}

/** As the event of a pause tells them; older programs told nothing. */
export function resumeNeeds({ steps, raise }: Readonly<Record<string, unknown>>): Required<ResumeNeeds> {
  return {
    steps: Array.isArray(steps) ? steps.filter((step) => typeof step === 'string') : [],
    raise: typeof raise === 'string' ? raise : null,
  }
}

interface RunHold {
  /** What a person types; null where time alone is needed. */
  readonly reset: string | null
  /** What it waits for beside that. */
  readonly until: number | null
}

const RESET_ALL = 'orchestrator circuits reset all --force'

/** What keeps a run that is resumed from claiming anything: its own circuit, or those of all its workers. */
export function runHold({ pause, circuits, now }: Resting): RunHold | null {
  const holds = [
    ...heldBySystem(circuits, now),
    ...(pause === null ? [] : heldByWorkers(circuits, pause.workers, now)),
  ]
  if (holds.length === 0) return null
  const untils = holds.flatMap(({ until }) => until ?? [])
  const reset = holds.findLast((hold) => hold.reset !== null)?.reset ?? null
  // A reset of all circuits closes that of the run as well, however long it waits.
  const isOver = untils.length === 0 || reset === RESET_ALL
  return { reset, until: isOver ? null : Math.max(...untils) }
}

function heldBySystem(circuits: readonly AnyGuarding[], now: number): RunHold[] {
  const row = circuits.find(({ level }) => level === 'system')
  if (row === undefined) return []
  const wait = circuitWait(row.circuit, now)
  if (wait.for === 'person') return [{ until: null, reset: closingCommand({ ...row, ended: null }) }]
  return wait.for === 'time' ? [{ until: wait.until, reset: null }] : []
}

/**
 * As the run will find them: in each place works the first that is not used up, and the run goes on with the first that is
 * free again. Workers from outside have no place in it.
 */
function heldByWorkers(circuits: readonly AnyGuarding[], workers: number, now: number): RunHold[] {
  const waits = new Map(
    circuits
      .filter(({ level }) => level === 'worker')
      .map(({ identifier, circuit }) => [identifier, circuitWait(circuit, now)]),
  )
  const places = workerPlaces(workers).map((names) => placeWait(names, waits))
  if (places.length === 0 || !places.every((wait) => wait.for === 'time' || wait.for === 'person')) return []
  const untils = places.flatMap((wait) => (wait.for === 'time' ? [wait.until] : []))
  return [
    untils.length === 0 ? { until: null, reset: RESET_ALL } : { until: Math.min(...untils), reset: null },
  ]
}

function placeWait(names: readonly string[], waits: ReadonlyMap<string, CircuitWait>): CircuitWait {
  for (const name of names) {
    const wait = waits.get(name) ?? { for: 'nothing' }
    if (wait.for !== 'person') return wait
  }
  return { for: 'person' }
}
