import type { Guarding } from '../domain/circuit-end.ts'
import { closingCommand } from '../domain/closing-command.ts'
import { heldCircuits } from '../domain/held-circuits.ts'
import type { Status } from '../protocol/output/status.ts'

/** More would not be read. */
const MOST_HELD = 20

/** What of circuits holds work back now, as it is shown. */
export function heldOf(circuits: readonly Guarding[], now: number): Status['held'] {
  return heldCircuits(circuits, now)
    .slice(0, MOST_HELD)
    .map(({ level, identifier, circuit, ended, wait }) => ({
      level,
      id: identifier,
      cause: circuit.history.cause,
      waitsFor: wait.for,
      until: wait.for === 'person' ? null : wait.until,
      next: closingCommand({ level, identifier, circuit, ended }),
    }))
}
