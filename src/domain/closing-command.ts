import { stageOf } from './circuit.ts'
import type { Guarding } from './circuit-end.ts'
import { shellWord } from './shell-word.ts'

/** With what a person lets go on what a circuit holds back; null where it holds nothing, or nothing is left to do. */
export function closingCommand(row: Guarding): string | null {
  if (row.circuit.state === 'closed' || row.ended === 'task_completed' || row.ended === 'run_ended')
    return null
  return retryCommand(row) ?? resetCommand(`${row.level}:${row.identifier}`)
}

/** Of a circuit by its name, `LEVEL:ID`. */
export function resetCommand(name: string): string {
  return `orchestrator circuits reset ${shellWord(name)}`
}

/** A task that goes on no more needs more than closed circuits; a retry closes those of its stages as well. */
export function retryCommand({ identifier, ended }: Pick<Guarding, 'identifier' | 'ended'>): string | null {
  const isOver = ended === 'task_failed' || ended === 'task_needs_human' || ended === 'task_cancelled'
  return isOver ? `orchestrator task retry ${shellWord(stageOf(identifier).task)}` : null
}
