import type { Circuit } from './circuit.ts'
import { untilText } from './wording.ts'

/** What has to happen before a circuit lets something start: nothing where it is closed, or where the next that comes is a probe. */
export type CircuitWait = { readonly for: 'nothing' } | { readonly for: 'next' } | Holding

/** What of it holds something back now. */
export type Holding =
  | { readonly for: 'time'; readonly until: number }
  | { readonly for: 'person' }
  /** `until`: when the first of its probes counts as lost. */
  | { readonly for: 'probe'; readonly until: number }

export function circuitWait(circuit: Circuit, now: number): CircuitWait {
  if (circuit.state === 'closed') return { for: 'nothing' }
  if (circuit.state === 'open') {
    if (circuit.probeAt === null) return { for: 'person' }
    return circuit.probeAt > now ? { for: 'time', until: circuit.probeAt } : { for: 'next' }
  }
  const running = circuit.probes.map(({ until }) => until).filter((until) => until > now)
  return running.length === 0 ? { for: 'next' } : { for: 'probe', until: Math.min(...running) }
}

export function isHolding(wait: CircuitWait): wait is Holding {
  return wait.for !== 'nothing' && wait.for !== 'next'
}

/** Times that something may wait for because of it, and need not any more: it closed, or waits for another time. */
export function endedWaits(before: Circuit, after: Circuit, now: number): readonly number[] {
  const left = waitsOf(after)
  const waits = waitsOf(before).filter((until) => until > now)
  return waits.every((until) => left.includes(until)) ? [] : waits
}

function waitsOf(circuit: Circuit): readonly number[] {
  if (circuit.state === 'half_open') return circuit.probes.map(({ until }) => until)
  return circuit.state === 'open' && circuit.probeAt !== null ? [circuit.probeAt] : []
}

/** Until when it holds something back. */
export function heldUntilText(wait: Holding, now: number): string {
  switch (wait.for) {
    case 'time':
      return `until ${untilText(wait.until, now)}`
    case 'person':
      return 'until a person resets it'
    case 'probe':
      return `until its probe ends, or counts as lost at ${untilText(wait.until, now)}`
  }
}
