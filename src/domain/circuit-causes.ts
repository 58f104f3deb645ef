import type { GiveUpCause, LossCause } from './attempt.ts'
import type { CircuitLevel } from './circuit.ts'
import type { RefusalCode } from './verdict.ts'

/** Who is to blame for an outcome: the words of retries, circuits, bills and screens alike. */
export const CAUSE_CLASSES = ['agent', 'test', 'infrastructure', 'provider_limit', 'user'] as const
export type CauseClass = (typeof CAUSE_CLASSES)[number]

/** What an outcome says at a level: that it works, that it fails, or nothing. */
type Says = 'success' | 'failure' | 'unknown'

/**
 * One row for each way in which an attempt can end. What fails a stage alone leaves worker and system unharmed: that
 * work was judged shows that they work. What the surroundings failed counts at all three, so that it is the task that
 * gives way where only one fails, the worker where only one is sick, and the run where all are.
 */
const TABLE = {
  accepted: { class: null, stage: 'success', worker: 'success', system: 'success' },
  refused_by_judge: { class: 'agent', stage: 'failure', worker: 'success', system: 'success' },
  unsteady_tests: { class: 'test', stage: 'failure', worker: 'success', system: 'success' },
  agent_gave_up: { class: 'agent', stage: 'failure', worker: 'success', system: 'success' },
  agent_broke_down: { class: 'agent', stage: 'failure', worker: 'failure', system: 'failure' },
  disputed: { class: null, stage: 'unknown', worker: 'success', system: 'success' },
  infrastructure: { class: 'infrastructure', stage: 'failure', worker: 'failure', system: 'failure' },
  provider_limit: { class: 'provider_limit', stage: 'unknown', worker: 'unknown', system: 'unknown' },
  /** Stopped, or the engine itself was: nothing that a circuit guards is to blame. */
  interrupted: { class: 'user', stage: 'unknown', worker: 'unknown', system: 'unknown' },
} as const satisfies Record<string, { readonly class: CauseClass | null } & Record<CircuitLevel, Says>>

type Ending = keyof typeof TABLE

interface CircuitSays extends Readonly<Record<CircuitLevel, Says>> {
  readonly ending: Ending
  readonly class: CauseClass | null
}

/** What of an outcome says something to circuits; an event of the log holds as much. */
export type OutcomeWords =
  | { readonly kind: 'running' | 'accepted' | 'disputed' | 'dispute_rejected' }
  | { readonly kind: 'refused'; readonly refusals: readonly { readonly code: RefusalCode }[] }
  | { readonly kind: 'gave_up'; readonly cause: GiveUpCause }
  | { readonly kind: 'lost'; readonly cause: LossCause }

/** What the end of an attempt says to each level; null while it runs. */
export function circuitsHear(outcome: OutcomeWords): CircuitSays | null {
  const ending = endingOf(outcome)
  return ending === null ? null : { ending, ...TABLE[ending] }
}

/** A failure that somebody else than the engine saw, by its class: what it says is what the gravest ending of that class says. */
export function failureOf(cause: CauseClass): CircuitSays {
  const ending = GRAVEST[cause]
  return { ending, ...TABLE[ending] }
}

const GRAVEST: Readonly<Record<CauseClass, Ending>> = {
  agent: 'agent_broke_down',
  test: 'unsteady_tests',
  infrastructure: 'infrastructure',
  provider_limit: 'provider_limit',
  user: 'interrupted',
}

function endingOf(outcome: OutcomeWords): Ending | null {
  switch (outcome.kind) {
    case 'running':
      return null
    case 'accepted':
      return 'accepted'
    case 'refused':
      return outcome.refusals.every(({ code }) => UNSTEADY.has(code)) ? 'unsteady_tests' : 'refused_by_judge'
    case 'gave_up':
      return GAVE_UP[outcome.cause]
    case 'disputed':
    case 'dispute_rejected':
      return 'disputed'
    case 'lost':
      return LOST[outcome.cause]
  }
}

const UNSTEADY: ReadonlySet<RefusalCode> = new Set<RefusalCode>(['flaky', 'runner_failure', 'timeout'])

const GAVE_UP: Readonly<Record<GiveUpCause, Ending>> = {
  max_turns: 'agent_gave_up',
  refused: 'agent_gave_up',
  blocked: 'agent_gave_up',
  crash: 'agent_broke_down',
  timeout: 'agent_gave_up',
  stalled: 'agent_broke_down',
}

const LOST: Readonly<Record<LossCause, Ending>> = {
  infrastructure: 'infrastructure',
  provider_limit: 'provider_limit',
  user: 'interrupted',
  crash: 'interrupted',
  exhausted: 'interrupted',
}
