/** Everything that can happen, as it is told to readers of the event log. Numbers never mean two things; names only grow. */
export const EVENT_KINDS = [
  'run_started',
  'run_resumed',
  'run_paused',
  'run_ended',
  'tasks_added',
  'task_available',
  'task_claimed',
  'task_given_back',
  'task_landing',
  'task_completed',
  'task_failed',
  'task_needs_human',
  'task_blocked',
  'task_unblocked',
  'task_cancelled',
  'task_retried',
  'lease_expired',
  'attempt_started',
  'prompt_cut',
  'attempt_accepted',
  'attempt_refused',
  'attempt_gave_up',
  'attempt_disputed',
  'dispute_rejected',
  'attempt_lost',
  'circuit_opened',
  'circuit_half_open',
  'circuit_closed',
  'circuit_probe_started',
  'circuit_extended',
  'circuit_exhausted',
  'circuit_reset',
  'circuit_wait_skipped',
  'circuit_flapping',
  'circuit_calm',
  'worker_replaced',
  'landing_intent',
  'landed',
  'landing_returned',
  'landing_lost',
  'landing_paused',
  'test_quarantined',
  'quarantine_cleared',
  'base_measured',
  'slot_blind',
  'check_missing',
  'budget_warning',
  'provider_limited',
  'subscription_window',
  'owner_changed',
  'request_answered',
  'task_taken',
  'persons_turn',
  'task_handed_in',
  'task_waived',
  'landing_approved',
  'notification_failed',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

export interface Event {
  /** Grows by commit order; may have holes; who has read up to N has seen every event up to N. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly run: string | null
  readonly kind: EventKind
  readonly task: string | null
  readonly attempt: number | null
  readonly data: Readonly<Record<string, unknown>>
}

export type NewEvent = Omit<Event, 'seq' | 'at'>

/** Events after one of the log, oldest first; of one run, and of that one kind, where these are named. */
export interface EventQuery {
  readonly after: number
  readonly limit: number
  readonly run?: string
  /** Only with `run`. */
  readonly kind?: EventKind
}
