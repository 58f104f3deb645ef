import type { CircuitLevel } from '../domain/circuit.ts'
import { heldUntilText, type Holding } from '../domain/circuit-wait.ts'
import { shellWord } from '../domain/shell-word.ts'
import { untilText } from '../domain/wording.ts'

/** What a circuit holds back now, why, until when, and what tells more. */
export function heldText(held: Held, now: number): string {
  const { level, id, cause } = held
  const why = cause === null ? '' : ` (${cause.replaceAll('_', ' ')})`
  const who = level === 'system' ? 'the whole run' : id
  return `${who}${why} ${heldUntilText(holdingOf(held), now)}: orchestrator circuits explain ${shellWord(`${level}:${id}`)}`
}

/** As `status` has it. */
export interface Held {
  readonly level: CircuitLevel
  readonly id: string
  readonly cause: string | null
  readonly waitsFor: Holding['for']
  /** Null where a person is waited for. */
  readonly until: number | null
}

function holdingOf({ waitsFor, until }: Held): Holding {
  return waitsFor === 'person' || until === null ? { for: 'person' } : { for: waitsFor, until }
}

/** Of a run that pauses. */
export function goesOnText(at: number, now: number): string {
  return `from ${untilText(at, now)}; before that it pauses again where nobody watches`
}
