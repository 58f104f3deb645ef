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

/** When it helps. In the place of a worker that has retired works another, and nobody puts it back while the run is worked. */
export function closingNote(ended: Guarding['ended']): string {
  const comesBack = ended === 'worker_retired' ? '; the worker comes back with the next start of the run' : ''
  return `when its cause is mended${comesBack}`
}

/** What is needed once the circuit is closed; null where nothing is, or where a run that is worked would have to end before. */
export function comebackCommand(
  row: Pick<Guarding, 'identifier' | 'ended'>,
  { live }: { readonly live: boolean },
): string | null {
  return retryCommand(row) ?? (row.ended === 'worker_retired' && !live ? RESUME_COMMAND : null)
}

export const RESUME_COMMAND = 'orchestrator run --resume'

/** A task that goes on no more needs more than closed circuits; a retry closes those of its stages as well. */
export function retryCommand({ identifier, ended }: Pick<Guarding, 'identifier' | 'ended'>): string | null {
  const isOver = ended === 'task_failed' || ended === 'task_needs_human' || ended === 'task_cancelled'
  return isOver ? retryTask(stageOf(identifier).task) : null
}

/** Its attempts anew; of a task that lost its landing: its accepted work lands again. */
export function retryTask(key: string): string {
  return `orchestrator task retry ${shellWord(key)}`
}

/** Of a task that a person has taken. */
export function submitTask(key: string): string {
  return `orchestrator task submit ${shellWord(key)}`
}

/** Of one whose landing waits for a person. */
export function approveTask(key: string): string {
  return `orchestrator task approve ${shellWord(key)}`
}
