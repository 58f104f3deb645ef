import { type Circuit, flaps } from './circuit.ts'
import { END_WORDS, type Guarding } from './circuit-end.ts'
import { type RunPause, runHold } from './way-on.ts'

export const HEALTH_STATUSES = ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN'] as const
type HealthStatus = (typeof HEALTH_STATUSES)[number]

export interface CircuitHealth {
  readonly status: HealthStatus
  readonly total: number
  readonly closed: number
  readonly open: number
  readonly half_open: number
  readonly flapping: number
  /** Of the open and half open ones, those whose task, worker or run goes on no more. */
  readonly ended: number
  /** Why it is not HEALTHY, the gravest first. */
  readonly reasons: readonly string[]
}

/** So many open circuits are more than something that one task or worker has. */
const MANY_OPEN = 3

/**
 * The one rule of health. UNKNOWN without a run. UNHEALTHY while the circuit of the run is open, while the run is paused
 * and all its workers are held or have retired, or while three or more are open whose task, worker and run go on. DEGRADED
 * while any is not closed, or flaps. Else HEALTHY.
 */
export function circuitHealth(
  circuits: readonly Guarding[] | null,
  { now, pause }: { readonly now: number; readonly pause: RunPause | null },
): CircuitHealth {
  const all = circuits ?? []
  const inState = (state: Circuit['state']): typeof all =>
    all.filter(({ circuit }) => circuit.state === state)
  const open = inState('open')
  const halfOpen = inState('half_open')
  const flapping = all.filter(({ circuit }) => flaps(circuit, now))
  const ended = [...open, ...halfOpen].filter((row) => row.ended !== null)
  const active = open.filter((row) => row.ended === null)
  const halted = active.some(({ level }) => level === 'system')
  const stopped = !halted && pause !== null && runHold({ pause, circuits: all, now }) !== null
  const reasons = [
    ...(halted ? ['the circuit of the run is open: nothing is claimed'] : []),
    ...(stopped ? ['the run is paused: all its workers are held or have retired'] : []),
    ...(active.length >= MANY_OPEN ? [`${active.length} circuits are open`] : []),
    ...active.filter(({ level }) => level !== 'system').map(stateOf),
    ...halfOpen.filter((row) => row.ended === null).map(stateOf),
    ...ended.map(stateOf),
    ...flapping.map(({ level, identifier }) => `${level}:${identifier} is flapping`),
  ]
  const grave = halted || stopped || active.length >= MANY_OPEN
  return {
    status: statusOf({ known: circuits !== null, grave, reasons }),
    total: all.length,
    closed: inState('closed').length,
    open: open.length,
    half_open: halfOpen.length,
    flapping: flapping.length,
    ended: ended.length,
    reasons,
  }
}

function stateOf({ level, identifier, circuit, ended }: Guarding): string {
  const state = circuit.state.replace('_', ' ')
  return `${level}:${identifier} is ${state}${ended === null ? '' : `, but ${END_WORDS[ended]}`}`
}

function statusOf(facts: {
  readonly known: boolean
  readonly grave: boolean
  readonly reasons: readonly string[]
}): HealthStatus {
  if (!facts.known) return 'UNKNOWN'
  if (facts.grave) return 'UNHEALTHY'
  return facts.reasons.length === 0 ? 'HEALTHY' : 'DEGRADED'
}
