import { circuitsMeant } from '../domain/circuits-meant.ts'
import { OrchestratorError } from '../errors.ts'
import { resettable } from './circuits.ts'
import type { CircuitId } from './open-readonly.ts'
import { requireRun, type Watch } from './open-watch.ts'

/** The circuit that a person means by its name. Throws nothing_to_run without a run, and circuit_unknown. */
export function requireCircuit(watched: Watch, asked: string): CircuitId {
  const names = resettable(requireRun(watched).reader)
  const found = names.find((id) => circuitName(id) === asked)
  if (found !== undefined) return found
  const meant = circuitsMeant(asked, names.map(circuitName))
  throw new OrchestratorError('circuit_unknown', `there is no circuit ${asked}`, {
    hint:
      meant.length === 0
        ? 'They are shown by: orchestrator circuits status'
        : `Did you mean ${meant.length === 1 ? '' : 'one of '}${meant.join(', ')}?`,
  })
}

export function circuitName({ level, identifier }: CircuitId): string {
  return `${level}:${identifier}`
}
