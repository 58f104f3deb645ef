import type { Guarding } from './circuit-end.ts'
import { circuitWait } from './circuit-wait.ts'
import { closingCommand } from './closing-command.ts'

/** How a run came to rest. */
export interface RunPause {
  readonly at: number
  /** What paused it: `budget`, `circuit` and so on; null where nothing of the run did. */
  readonly by: string | null
  /** Where a circuit did: that of the run, or those of all its workers. */
  readonly level: 'system' | 'worker' | null
  readonly resumeAt: number | null
}

/** How a run that rests goes on. */
export interface WayOn {
  /** What a person has to type before it is resumed; null where nothing. */
  readonly reset: string | null
  /** Before then it pauses again, where nobody watches; null where it goes on as soon as it is resumed. */
  readonly at: number | null
}

export function wayOn(facts: {
  readonly pause: RunPause | null
  readonly circuits: readonly AnyGuarding[]
  readonly now: number
}): WayOn {
  const { pause, now } = facts
  const hold = runHold(facts)
  if (hold !== null) return { reset: hold.reset, at: hold.until }
  const resumeAt = pause === null || pause.by === 'circuit' ? null : pause.resumeAt
  return { reset: null, at: resumeAt !== null && resumeAt > now ? resumeAt : null }
}

/** The line to type, where nothing else is in its way. */
export function resumeCommand({ reset }: Pick<WayOn, 'reset'>): string {
  return [...(reset === null ? [] : [reset]), 'orchestrator run --resume'].join(' && ')
}

/** Which circuits paused a run that one of them did. */
export function pausedLevel(circuits: readonly AnyGuarding[], now: number): NonNullable<RunPause['level']> {
  return heldBySystem(circuits, now).length > 0 ? 'system' : 'worker'
}

type AnyGuarding = Omit<Guarding, 'ended'>

interface RunHold {
  /** Null: until a person types `reset`. */
  readonly until: number | null
  readonly reset: string | null
}

/** What keeps a run that is resumed from claiming anything: its own circuit, or those of all its workers. */
export function runHold({ pause, circuits, now }: Parameters<typeof wayOn>[0]): RunHold | null {
  const holds = [
    ...heldBySystem(circuits, now),
    ...(pause?.level === 'worker' ? heldByWorkers(circuits, pause.at, now) : []),
  ]
  // A reset of all circuits closes that of the run as well.
  const byPerson = holds.findLast(({ until }) => until === null)
  if (byPerson !== undefined) return byPerson
  return holds.length === 0 ? null : { until: Math.max(...holds.map(({ until }) => until ?? 0)), reset: null }
}

function heldBySystem(circuits: readonly AnyGuarding[], now: number): RunHold[] {
  const row = circuits.find(({ level }) => level === 'system')
  if (row === undefined) return []
  const wait = circuitWait(row.circuit, now)
  if (wait.for === 'person') return [{ until: null, reset: closingCommand({ ...row, ended: null }) }]
  return wait.for === 'time' ? [{ until: wait.until, reset: null }] : []
}

/** All that worked were held when it paused: it goes on with the first that is free again. */
function heldByWorkers(circuits: readonly AnyGuarding[], pausedAt: number, now: number): RunHold[] {
  const workers = circuits.filter(({ level }) => level === 'worker')
  const waits = workers.map(({ circuit }) => circuitWait(circuit, now))
  const isFree =
    waits.some((wait) => wait.for === 'next') ||
    workers.some(({ circuit }) => circuit.state === 'closed' && circuit.since >= pausedAt)
  const untils = waits.flatMap((wait) => (wait.for === 'time' ? [wait.until] : []))
  if (isFree || !waits.some((wait) => wait.for === 'time' || wait.for === 'person')) return []
  if (untils.length > 0) return [{ until: Math.min(...untils), reset: null }]
  return [{ until: null, reset: 'orchestrator circuits reset all --force' }]
}
