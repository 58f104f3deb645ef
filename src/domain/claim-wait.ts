import type { CircuitLevel } from './circuit.ts'
import type { Guarding } from './circuit-end.ts'
import { circuitWait } from './circuit-wait.ts'

/** How long a run claims nothing: its circuit waits, or those of all its workers do. What no time ends counts as none. */
export function claimWaitMs(facts: {
  readonly circuits: readonly Omit<Guarding, 'ended'>[]
  /** Those that have not retired. */
  readonly workers: readonly string[]
  readonly now: number
}): number {
  const { circuits, workers, now } = facts
  const waitOf = (level: CircuitLevel, name: string): number => {
    const row = circuits.find((each) => each.level === level && each.identifier === name)
    const wait = row === undefined ? null : circuitWait(row.circuit, now)
    return wait?.for === 'time' ? wait.until - now : 0
  }
  const ofWorkers = workers.map((worker) => waitOf('worker', worker))
  return Math.max(waitOf('system', 'system'), ofWorkers.length === 0 ? 0 : Math.min(...ofWorkers))
}
