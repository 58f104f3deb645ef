import type { Event } from './event.ts'

/** How a circuit stands, as far as people are told: half open counts as open until its probe has shown something. */
export interface CircuitStanding {
  readonly open: boolean
  readonly exhausted: boolean
  readonly flapping: boolean
  /** The worker that took the place of this one; null while it keeps its own. */
  readonly replacedBy: string | null
  /** When it opened, or began to be as it is. */
  readonly since: number
}

export const STANDING_AT_FIRST: CircuitStanding = {
  open: false,
  exhausted: false,
  flapping: false,
  replacedBy: null,
  since: 0,
}

/** What people are told of a circuit, from good to bad. */
export const RANKS = { closed: 0, open: 1, flapping: 2, exhausted: 3, replaced: 4 } as const
export type CircuitCondition = keyof typeof RANKS

export function standingAfter(before: CircuitStanding, { kind, at, data }: Event): CircuitStanding {
  switch (kind) {
    case 'circuit_opened':
      return { ...before, open: true, since: before.open ? before.since : at }
    case 'circuit_closed':
      return { ...before, open: false, exhausted: false }
    case 'circuit_exhausted':
      return { ...before, open: true, exhausted: true }
    case 'circuit_flapping':
      return { ...before, flapping: true }
    case 'circuit_calm':
      return { ...before, flapping: false }
    case 'worker_replaced':
      return { ...before, replacedBy: String(data['by']) }
    default:
      return before
  }
}

/** A stage that is held is no matter for people: they are told of its task, when that waits for them. */
export function circuitCondition(standing: CircuitStanding, { data }: Event): CircuitCondition {
  if (standing.replacedBy !== null) return 'replaced'
  if (data['level'] === 'stage') return standing.flapping ? 'flapping' : 'closed'
  if (standing.exhausted) return 'exhausted'
  if (standing.flapping) return 'flapping'
  return standing.open ? 'open' : 'closed'
}
