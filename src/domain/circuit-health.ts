import { type Circuit, flaps } from './circuit.ts'
import { END_WORDS, type Guarding } from './circuit-end.ts'
import { type Silence, silenceText } from './silence.ts'
import { type RunPause, runHold } from './way-on.ts'
import { counted } from './wording.ts'

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

/** What the rule asks of a run beside its circuits. */
export interface RunFacts {
  /** How it came to rest; null while it is worked. */
  readonly pause: RunPause | null
  /** Of the process that works on it; null where it speaks, or nobody does. */
  readonly silence: Silence | null
  /** Claims whose lease is over and that nobody rescued yet. */
  readonly staleClaims: number
  /** Keys of tasks whose landing the target no longer contains. */
  readonly lost: readonly string[]
}

/** Of a run that nothing is the matter with, or none. */
export const NOTHING_AMISS: RunFacts = { pause: null, silence: null, staleClaims: 0, lost: [] }

/** So many open circuits are more than something that one task or worker has. */
const MANY_OPEN = 3

/**
 * The one rule of health. UNKNOWN without a run. UNHEALTHY while the circuit of the run is open, while the process that
 * works on the run says nothing, while the run is paused and all its workers are held or have retired, or while three or
 * more are open whose task, worker and run go on. DEGRADED while any is not closed, or flaps, or a claim is stale, or a landing was
 * lost. Else HEALTHY.
 */
export function circuitHealth(
  circuits: readonly Guarding[] | null,
  { now, pause, silence, staleClaims, lost }: RunFacts & { readonly now: number },
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
    ...(silence === null ? [] : [silenceText(silence, now)]),
    ...(stopped ? ['the run is paused: all its workers are held or have retired'] : []),
    ...(active.length >= MANY_OPEN ? [`${active.length} circuits are open`] : []),
    ...(staleClaims > 0 ? [staleText(staleClaims)] : []),
    ...(lost.length > 0 ? [lostText(lost)] : []),
    ...active.filter(({ level }) => level !== 'system').map(stateOf),
    ...halfOpen.filter((row) => row.ended === null).map(stateOf),
    ...ended.map(stateOf),
    ...flapping.map(({ level, identifier }) => `${level}:${identifier} is flapping`),
  ]
  const grave = halted || silence !== null || stopped || active.length >= MANY_OPEN
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

function staleText(claims: number): string {
  return `${counted(claims, 'claim is', 'claims are')} stale: who held ${claims === 1 ? 'it' : 'them'} does not renew ${claims === 1 ? 'it' : 'them'}`
}

const NAMED = 5

function lostText(keys: readonly string[]): string {
  const [only] = keys
  if (keys.length === 1) return `the landing of ${only} was lost: the target no longer contains it`
  const more = keys.length - NAMED
  const named = keys.slice(0, NAMED).join(', ')
  return `the landings of ${named}${more > 0 ? ` and ${more} more` : ''} were lost: the target no longer contains them`
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
