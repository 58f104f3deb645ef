import {
  GIVE_UP_CAUSES,
  type GiveUpCause,
  LANDING_RETURN_KINDS,
  LOSS_CAUSES,
  type LossCause,
} from '../../domain/attempt.ts'
import { circuitsHear, type OutcomeWords } from '../../domain/circuit-causes.ts'
import { CIRCUIT_LEVELS, CIRCUIT_STATES } from '../../domain/circuit.ts'
import type { EventKind } from '../../domain/event.ts'
import { REFUSAL_CODES, type RefusalCode } from '../../domain/verdict.ts'
import type { MetricEvent } from '../open-readonly.ts'
import { type MetricName, OTHER } from './catalogue.ts'

/** More of a counter, or one observation of a histogram. */
export interface Counted {
  readonly name: MetricName
  readonly labels: Readonly<Record<string, string>>
  /** What a histogram observes, or by how much a counter grows; one where it is left out. */
  readonly amount?: number
}

/** What one event adds to counters and histograms. What comes out of the log as text is a label only where it is a known word. */
export function countsOf(event: MetricEvent): Counted[] {
  const simple = SIMPLE[event.kind]
  const outcome = outcomeOf(event)
  return [
    ...(simple === undefined ? [] : [simple]),
    ...(outcome === null ? [] : endCounts(event, outcome)),
    ...(event.kind === 'landing_returned'
      ? [one('tdd_landing_returns_total', { kind: known(event.data['kind'], LANDING_RETURN_KINDS) })]
      : []),
    ...circuitCounts(event),
  ]
}

const SIMPLE: Partial<Readonly<Record<EventKind, Counted>>> = {
  run_started: one('tdd_run_changes_total', { change: 'started' }),
  run_resumed: one('tdd_run_changes_total', { change: 'resumed' }),
  run_paused: one('tdd_run_changes_total', { change: 'paused' }),
  run_ended: one('tdd_run_changes_total', { change: 'ended' }),
  task_claimed: one('tdd_task_claims_total'),
  lease_expired: one('tdd_lease_expiries_total'),
  task_completed: one('tdd_tasks_ended_total', { state: 'completed' }),
  task_failed: one('tdd_tasks_ended_total', { state: 'failed' }),
  task_needs_human: one('tdd_tasks_ended_total', { state: 'needs_human' }),
  task_cancelled: one('tdd_tasks_ended_total', { state: 'cancelled' }),
  worker_replaced: one('tdd_workers_replaced_total'),
  landed: one('tdd_landings_total'),
  landing_lost: one('tdd_landings_lost_total'),
}

/** The outcome that the event of an attempt's end tells; null for every other event. */
function outcomeOf({ kind, data }: MetricEvent): EndedOutcome | null {
  switch (kind) {
    case 'attempt_accepted':
      return { kind: 'accepted' }
    case 'attempt_disputed':
      return { kind: 'disputed' }
    case 'dispute_rejected':
      return { kind: 'dispute_rejected' }
    case 'attempt_refused':
      return { kind: 'refused', refusals: codesOf(data['refusals']).map((code) => ({ code })) }
    case 'attempt_gave_up':
      return { kind: 'gave_up', cause: known(data['cause'], GIVE_UP_CAUSES) }
    case 'attempt_lost':
      return { kind: 'lost', cause: known(data['cause'], LOSS_CAUSES) }
    default:
      return null
  }
}

type EndedOutcome =
  | { readonly kind: 'accepted' | 'disputed' | 'dispute_rejected' }
  | { readonly kind: 'refused'; readonly refusals: readonly { readonly code: RefusalCode | typeof OTHER }[] }
  | { readonly kind: 'gave_up'; readonly cause: GiveUpCause | typeof OTHER }
  | { readonly kind: 'lost'; readonly cause: LossCause | typeof OTHER }

function endCounts(event: MetricEvent, outcome: EndedOutcome): Counted[] {
  return [...durationOf(event, outcome.kind), ...usedBy(event), ...reasonsOf(outcome), ...heardBy(outcome)]
}

function durationOf({ stage, startedAt, endedAt }: MetricEvent, outcome: string): Counted[] {
  if (stage === null || startedAt === null || endedAt === null) return []
  const amount = Math.max(0, endedAt - startedAt) / 1_000
  return [{ name: 'tdd_stage_duration_seconds', labels: { stage, outcome }, amount }]
}

/** Where every command ended before anybody looked, its time is known and nothing else. */
function usedBy({ stage, used }: MetricEvent): Counted[] {
  if (stage === null || used === null) return []
  const labels = { stage }
  return [
    { name: 'tdd_attempt_cpu_seconds_total', labels, amount: used.cpuMs / 1_000 },
    ...(used.samples === 0
      ? []
      : [
          { name: 'tdd_attempt_peak_memory_bytes', labels, amount: used.peakBytes } as const,
          { name: 'tdd_attempt_peak_processes', labels, amount: used.peakProcesses } as const,
        ]),
  ]
}

function reasonsOf(outcome: EndedOutcome): Counted[] {
  switch (outcome.kind) {
    case 'refused':
      return outcome.refusals.map(({ code }) => one('tdd_refusals_total', { code }))
    case 'gave_up':
      return [one('tdd_attempts_given_up_total', { cause: outcome.cause })]
    case 'lost':
      return [
        one('tdd_attempts_lost_total', { cause: outcome.cause }),
        ...(outcome.cause === 'provider_limit' ? [one('tdd_provider_limits_total')] : []),
      ]
    default:
      return []
  }
}

/** By the table that the circuits themselves are moved by. */
function heardBy(outcome: EndedOutcome): Counted[] {
  const said = isKnown(outcome) ? circuitsHear(outcome) : null
  if (said === null) return []
  return CIRCUIT_LEVELS.flatMap((level) => {
    if (said[level] === 'success') return [one('circuit_breaker_successes_total', { level })]
    if (said[level] === 'unknown') return []
    return [one('circuit_breaker_failures_total', { level, error_type: said.ending })]
  })
}

/** A word of a newer program says nothing that this one could count. */
function isKnown(outcome: EndedOutcome): outcome is EndedOutcome & OutcomeWords {
  if ('cause' in outcome) return outcome.cause !== OTHER
  return !('refusals' in outcome) || outcome.refusals.every(({ code }) => code !== OTHER)
}

function circuitCounts({ kind, data }: MetricEvent): Counted[] {
  const level = known(data['level'], CIRCUIT_LEVELS)
  if (level === OTHER) return []
  if (kind === 'circuit_probe_started') return [one('circuit_breaker_probes_total', { level })]
  const from = known(data['from'], CIRCUIT_STATES)
  const to = known(data['to'], CIRCUIT_STATES)
  if (!kind.startsWith('circuit_') || from === OTHER || to === OTHER) return []
  return [one('circuit_breaker_state_changes_total', { level, from, to })]
}

function codesOf(refusals: unknown): (RefusalCode | typeof OTHER)[] {
  if (!Array.isArray(refusals)) return []
  return refusals.map((refusal: { readonly code?: unknown } | null) => known(refusal?.code, REFUSAL_CODES))
}

function one(name: MetricName, labels: Counted['labels'] = {}): Counted {
  return { name, labels }
}

function known<Word extends string>(told: unknown, words: readonly Word[]): Word | typeof OTHER {
  return words.find((word) => word === told) ?? OTHER
}
