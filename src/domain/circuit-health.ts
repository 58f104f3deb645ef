import { type Circuit, type CircuitLevel, flaps } from './circuit.ts'

export const HEALTH_STATUSES = ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN'] as const
type HealthStatus = (typeof HEALTH_STATUSES)[number]

export interface CircuitHealth {
  readonly status: HealthStatus
  readonly total: number
  readonly closed: number
  readonly open: number
  readonly half_open: number
  readonly flapping: number
  /** Why it is not HEALTHY, the gravest first. */
  readonly reasons: readonly string[]
}

/** So many open circuits are more than something that one task or worker has. Retired workers do not count: others took their places. */
const MANY_OPEN = 3

/**
 * The one rule of health. UNKNOWN without a run. UNHEALTHY while the circuit of the run is open, or three or more are that
 * are no retired worker's. DEGRADED while any is not closed, or flaps. Else HEALTHY.
 */
export function circuitHealth(
  circuits:
    | readonly { readonly level: CircuitLevel; readonly identifier: string; readonly circuit: Circuit }[]
    | null,
  now: number,
): CircuitHealth {
  const all = circuits ?? []
  const inState = (state: Circuit['state']): typeof all =>
    all.filter(({ circuit }) => circuit.state === state)
  const open = inState('open')
  const halfOpen = inState('half_open')
  const flapping = all.filter(({ circuit }) => flaps(circuit, now))
  const retired = open.filter(({ level, circuit }) => level === 'worker' && isExhausted(circuit))
  const active = open.filter((row) => !retired.includes(row))
  const halted = open.some(({ level }) => level === 'system')
  const reasons = [
    ...(halted ? ['the circuit of the run is open: nothing is claimed'] : []),
    ...(active.length >= MANY_OPEN ? [`${active.length} circuits are open`] : []),
    ...active.filter(({ level }) => level !== 'system').map(told('open')),
    ...retired.map(told('retired')),
    ...halfOpen.map(told('half open')),
    ...flapping.map(told('flapping')),
  ]
  return {
    status: statusOf({ known: circuits !== null, grave: halted || active.length >= MANY_OPEN, reasons }),
    total: all.length,
    closed: inState('closed').length,
    open: open.length,
    half_open: halfOpen.length,
    flapping: flapping.length,
    reasons,
  }
}

/** Only a person closes it. */
function isExhausted(circuit: Circuit): boolean {
  return circuit.state === 'open' && circuit.probeAt === null
}

function told(what: string): (of: { readonly level: CircuitLevel; readonly identifier: string }) => string {
  return ({ level, identifier }) => `${level}:${identifier} is ${what}`
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
