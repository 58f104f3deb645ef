import { CIRCUIT_LEVELS, CIRCUIT_STATES, NEXT_STATES } from '../../domain/circuit.ts'
import { HEALTH_STATUSES } from '../../domain/circuit-health.ts'
import { GIVE_UP_CAUSES, LANDING_RETURN_KINDS, LOSS_CAUSES } from '../../domain/attempt.ts'
import { STAGES } from '../../domain/stage.ts'
import { TASK_STATES } from '../../domain/task.ts'
import { REFUSAL_CODES } from '../../domain/verdict.ts'
import { RUN_STATES } from '../open-readonly.ts'

/** What a label may say; null where a row of the store names it. */
type LabelValues = readonly string[] | null

type Labelled = Readonly<Record<string, string>>

interface Described {
  readonly help: string
  /** Every label with all that it may say. A counter or histogram is there from the start, with 0, for each combination. */
  readonly labels: Readonly<Record<string, LabelValues>>
  /** Which combinations there can be. Default: all. */
  readonly canBe?: (labels: Labelled) => boolean
}

export type MetricDescription =
  | (Described & { readonly type: 'gauge' | 'counter' })
  | (Described & { readonly type: 'histogram'; readonly buckets: readonly number[] })

/** In the order of `AttemptOutcome`, without the one of an attempt that goes on. */
const ENDINGS = ['accepted', 'refused', 'gave_up', 'disputed', 'dispute_rejected', 'lost'] as const

export const OTHER = 'other'

const LEVEL = { level: CIRCUIT_LEVELS } as const
const STAGE_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600] as const
const RECOVERY_SECONDS = [1, 10, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400] as const

const MEMORY_BYTES = [1 / 16, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64].map((gibibytes) => gibibytes * 2 ** 30)
const PROCESSES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024] as const

/** Every metric once. Gauges tell of the current run where nothing else is said, counters of all runs of the store. */
export const METRICS = {
  circuit_breaker_state: gauge('State of a circuit: 0 closed, 1 open, 2 half open', {
    level: null,
    identifier: null,
  }),
  circuit_breaker_state_duration_seconds: gauge('How long a circuit has been in its state', {
    level: null,
    identifier: null,
    state: null,
  }),
  circuit_breaker_state_changes_total: {
    ...counter('Changes of state', { ...LEVEL, from: CIRCUIT_STATES, to: CIRCUIT_STATES }),
    canBe: ({ from, to }) =>
      CIRCUIT_STATES.some((state) => state === from && NEXT_STATES[state].some((next) => next === to)),
  },
  circuit_breaker_failures_total: counter('Ends of attempts that say failure at this level', {
    ...LEVEL,
    error_type: [
      'refused_by_judge',
      'unsteady_tests',
      'agent_gave_up',
      'agent_broke_down',
      'infrastructure',
      OTHER,
    ],
  }),
  circuit_breaker_successes_total: counter('Ends of attempts that say success at this level', LEVEL),
  circuit_breaker_recovery_duration_seconds: {
    ...described('From opening to closing', LEVEL),
    type: 'histogram',
    buckets: RECOVERY_SECONDS,
  },
  circuit_breaker_recoveries_total: counter('Circuits that closed again, by a probe or by a person', {
    ...LEVEL,
    by: ['probe', 'person'],
  }),
  circuit_breaker_probes_total: counter('Probes that started', LEVEL),
  // Those that are not closed, and whose task, worker or run goes on no more, are `ended`.
  tdd_circuits: gauge('Circuits that ever counted a failure, by state', {
    ...LEVEL,
    state: [...CIRCUIT_STATES, 'ended'],
  }),
  tdd_circuits_flapping: gauge('Circuits that flap', {}),
  tdd_health_status: gauge('1 for the health of the run, 0 for the others', { status: HEALTH_STATUSES }),
  tdd_run_live: gauge('1 while a process works on the store', {}),
  tdd_run_state: gauge('1 for the state of the current run, 0 for the others', { state: RUN_STATES }),
  tdd_runs: gauge('Runs of the store by state', { state: RUN_STATES }),
  tdd_run_changes_total: counter('Runs that started, were resumed, paused or ended', {
    change: ['started', 'resumed', 'paused', 'ended'],
  }),
  tdd_tasks: gauge('Tasks by state', { state: TASK_STATES }),
  tdd_tasks_ended_total: counter('Tasks that came into a state from which nothing goes on by itself', {
    state: ['completed', 'failed', 'needs_human', 'cancelled'],
  }),
  tdd_task_claims_total: counter('Tasks that a worker took', {}),
  tdd_lease_expiries_total: counter('Claims whose lease expired, and that were rescued', {}),
  tdd_claims_stale: gauge('Claims whose lease is over and that nobody rescued yet', {}),
  tdd_workers: gauge('Workers by what they do; none while no process works on the run', {
    state: ['idle', 'working'],
  }),
  tdd_workers_replaced_total: counter('Workers in whose place another was put', {}),
  tdd_attempts_running: gauge('Attempts under way, by stage; none while no process works on the run', {
    stage: STAGES,
  }),
  tdd_stage_duration_seconds: {
    ...described('From start to end of an attempt, by stage and outcome', {
      stage: STAGES,
      outcome: ENDINGS,
    }),
    type: 'histogram',
    buckets: STAGE_SECONDS,
  },
  tdd_attempt_time_seconds_total: counter('What the time of ended attempts was spent on', {
    part: ['agent', 'verify', 'wait', 'engine'],
  }),
  tdd_attempt_cpu_seconds_total: counter('Processor time of the processes of ended attempts, by stage', {
    stage: STAGES,
  }),
  tdd_attempt_peak_memory_bytes: {
    ...described('The most memory that the processes of an ended attempt had at once', { stage: STAGES }),
    type: 'histogram',
    buckets: MEMORY_BYTES,
  },
  tdd_attempt_peak_processes: {
    ...described('The most processes that an ended attempt had at once', { stage: STAGES }),
    type: 'histogram',
    buckets: PROCESSES,
  },
  tdd_refusals_total: counter('Refusals by code; an attempt may have several', {
    code: [...REFUSAL_CODES, OTHER],
  }),
  tdd_attempts_given_up_total: counter('Attempts that the agent gave up, by cause', {
    cause: [...GIVE_UP_CAUSES, OTHER],
  }),
  tdd_attempts_lost_total: counter('Attempts lost to something that is not the task’s fault, by cause', {
    cause: [...LOSS_CAUSES, OTHER],
  }),
  tdd_provider_limits_total: counter('Attempts that a limit of the provider stopped', {}),
  tdd_landing_queue_depth: gauge('Tasks that wait to be landed or are being landed', {}),
  tdd_landings_total: counter('Tasks that landed on the target', {}),
  tdd_landing_returns_total: counter('Landings that did not hold, by kind', {
    kind: [...LANDING_RETURN_KINDS, OTHER],
  }),
  tdd_landings_lost_total: counter('Landings that the target no longer contains', {}),
  tdd_quarantined_tests: gauge('Tests that count for nothing until a person clears them', {}),
  tdd_invocations_total: counter('Agent calls of ended attempts', {}),
  tdd_tokens_total: counter('Tokens of ended attempts, by kind', {
    kind: ['input', 'output', 'cache_read', 'cache_write'],
  }),
  tdd_cost_usd_total: counter('Cost of ended attempts in US dollars', {}),
  tdd_requests_open: gauge('Changes asked for that the owner of the store has not answered', {}),
  tdd_request_oldest_age_seconds: gauge('How long the oldest of them waits; 0 where none does', {}),
  tdd_event_last_seq: gauge('Number of the newest event of the log', {}),
  tdd_event_age_seconds: gauge('Age of the newest event of the log; 0 where there is none', {}),
} as const satisfies Readonly<Record<string, MetricDescription>>

export type MetricName = keyof typeof METRICS

/** A value of a gauge, or the whole of a counter that the store keeps as a sum. */
export interface Sample {
  readonly name: MetricName
  readonly labels: Labelled
  readonly value: number
}

function gauge<Labels extends Described['labels']>(help: string, labels: Labels) {
  return { ...described(help, labels), type: 'gauge' as const }
}

function counter<Labels extends Described['labels']>(help: string, labels: Labels) {
  return { ...described(help, labels), type: 'counter' as const }
}

function described<Labels extends Described['labels']>(help: string, labels: Labels) {
  return { help, labels }
}
