import { circuitHealth, HEALTH_STATUSES, NOTHING_AMISS, type RunFacts } from '../../domain/circuit-health.ts'
import { CIRCUIT_LEVELS } from '../../domain/circuit.ts'
import { STAGES } from '../../domain/stage.ts'
import { TASK_STATES, type TaskStateName } from '../../domain/task.ts'
import { type GuardedCircuit, type Run, RUN_STATES, type StoredFigures } from '../open-readonly.ts'
import { shownState } from '../open-watch.ts'
import { type MetricName, METRICS, type Sample } from './catalogue.ts'

/** One moment of the store, as far as metrics tell it. */
export interface MetricFacts {
  readonly now: number
  /** Whether a process works on the store. */
  readonly live: boolean
  /** The current run; null before the first. */
  readonly run: null | {
    readonly state: Run['state']
    readonly tasks: Readonly<Record<TaskStateName, number>>
    readonly workers: readonly { readonly worker: string; readonly state: string }[]
    readonly circuits: readonly GuardedCircuit[]
    readonly facts: RunFacts
  }
  readonly quarantined: number
  readonly figures: StoredFigures
}

/** Circuits of stages, and of workers, that are shown one by one; `tdd_circuits` counts all of them. */
export const MOST_SHOWN = 50

/** Everything that rows of the store say at once: all gauges, and the counters that it keeps as sums. */
export function samplesOf(facts: MetricFacts): Sample[] {
  const { run, figures, now } = facts
  const age = (at: number | null): number => (at === null ? 0 : Math.max(0, now - at) / 1_000)
  return [
    ...circuitSamples(facts),
    sample('tdd_run_live', facts.live ? 1 : 0),
    ...oneOf('tdd_run_state', {
      label: 'state',
      names: RUN_STATES,
      is: run === null ? null : shownState(run.state, facts.live),
    }),
    ...byName('tdd_runs', 'state', runsByState(facts)),
    ...byName('tdd_tasks', 'state', run?.tasks ?? zeros(TASK_STATES)),
    ...byName('tdd_workers', 'state', workersByState(facts)),
    ...byName('tdd_attempts_running', 'stage', attemptsByStage(facts)),
    sample('tdd_claims_stale', run?.facts.staleClaims ?? 0),
    sample('tdd_landing_queue_depth', run?.tasks.landing ?? 0),
    sample('tdd_quarantined_tests', facts.quarantined),
    sample('tdd_requests_open', figures.requests.open),
    sample('tdd_request_oldest_age_seconds', age(figures.requests.oldestAt)),
    sample('tdd_event_last_seq', figures.newest?.seq ?? 0),
    sample('tdd_event_age_seconds', age(figures.newest?.at ?? null)),
    sample('tdd_invocations_total', figures.spent.invocations),
    sample('tdd_cost_usd_total', figures.spent.costUsd),
    ...byName('tdd_tokens_total', 'kind', figures.spent.tokens),
    ...Object.entries(figures.spent.ms).map(([part, ms]) =>
      sample('tdd_attempt_time_seconds_total', ms / 1_000, { part }),
    ),
  ]
}

function circuitSamples({ run, now }: MetricFacts): Sample[] {
  const rows = run?.circuits ?? []
  const shownAs = (row: GuardedCircuit) => (isOver(row) ? 'ended' : row.circuit.state)
  const health = circuitHealth(run?.circuits ?? null, { now, ...(run?.facts ?? NOTHING_AMISS) })
  return [
    ...shownCircuits(run).flatMap(({ level, identifier, state, since }) => [
      sample('circuit_breaker_state', STATE_NUMBER[state], { level, identifier }),
      sample(
        'circuit_breaker_state_duration_seconds',
        since === null ? 0 : Math.max(0, now - since) / 1_000,
        { level, identifier, state },
      ),
    ]),
    ...CIRCUIT_LEVELS.flatMap((level) =>
      METRICS.tdd_circuits.labels.state.map((state) => {
        const like = rows.filter((row) => row.level === level && shownAs(row) === state)
        return sample('tdd_circuits', like.length, { level, state })
      }),
    ),
    sample('tdd_circuits_flapping', health.flapping),
    ...oneOf('tdd_health_status', { label: 'status', names: HEALTH_STATUSES, is: health.status }),
  ]
}

/** It holds nothing back any more: what it guards goes on no more by itself. */
function isOver({ circuit, ended }: GuardedCircuit): boolean {
  return circuit.state !== 'closed' && ended !== null
}

const STATE_NUMBER = { closed: 0, open: 1, half_open: 2 } as const

interface ShownCircuit extends Pick<GuardedCircuit, 'level' | 'identifier'> {
  readonly state: keyof typeof STATE_NUMBER
  /** Null of one that never counted a failure. */
  readonly since: number | null
}

/**
 * That of the run always; then those of workers, and those of stages that are not closed or ever were. Of either the open
 * ones and the latest first, and no more than `MOST_SHOWN`: a run may have as many stages as tasks, and as many workers as
 * other programs name. None that is over.
 */
function shownCircuits(run: MetricFacts['run']): ShownCircuit[] {
  if (run === null) return []
  const known = run.circuits.filter((row) => !isOver(row))
  const ofRun = known.find(({ level }) => level === 'system')
  const stages = known.filter(
    ({ level, circuit }) => level === 'stage' && (circuit.state !== 'closed' || circuit.history.trips > 0),
  )
  return [
    shown({ level: 'system', identifier: 'system' }, ofRun),
    ...mostShown(workersOf(run)),
    ...mostShown(stages.map((row) => shown(row, row))),
  ]
}

/** Those that the run knows, and those that somebody else named. */
function workersOf({ workers, circuits }: NonNullable<MetricFacts['run']>): ShownCircuit[] {
  const rows = new Map(
    circuits.flatMap((row) => (row.level === 'worker' ? [[row.identifier, row] as const] : [])),
  )
  const names = new Set([...workers.map(({ worker }) => worker), ...rows.keys()])
  return Array.from(names, (identifier) => ({ identifier, row: rows.get(identifier) }))
    .filter(({ row }) => row === undefined || !isOver(row))
    .map(({ identifier, row }) => shown({ level: 'worker', identifier }, row))
}

function mostShown(circuits: readonly ShownCircuit[]): ShownCircuit[] {
  return circuits
    .toSorted(
      (a, b) =>
        Number(a.state === 'closed') - Number(b.state === 'closed') || (b.since ?? 0) - (a.since ?? 0),
    )
    .slice(0, MOST_SHOWN)
}

function shown(
  { level, identifier }: Pick<GuardedCircuit, 'level' | 'identifier'>,
  row: GuardedCircuit | undefined,
): ShownCircuit {
  return { level, identifier, state: row?.circuit.state ?? 'closed', since: row?.circuit.since ?? null }
}

function runsByState({ figures, live }: MetricFacts): Record<string, number> {
  const runs = { ...zeros(RUN_STATES), ...figures.runs }
  if (live) return runs
  return { ...runs, running: 0, interrupted: (runs['interrupted'] ?? 0) + (runs['running'] ?? 0) }
}

/** An attempt whose process is gone still stands as running, until the run that rescues it says that it is lost. */
function attemptsByStage({ figures, live }: MetricFacts): Record<string, number> {
  return { ...zeros(STAGES), ...(live ? figures.running : {}) }
}

function workersByState({ run, live }: MetricFacts): Record<string, number> {
  const states = METRICS.tdd_workers.labels.state
  const workers = live && run?.state === 'running' ? run.workers : []
  return Object.fromEntries(
    states.map((state) => [state, workers.filter((worker) => worker.state === state).length]),
  )
}

function oneOf(
  name: MetricName,
  {
    label,
    names,
    is,
  }: { readonly label: string; readonly names: readonly string[]; readonly is: string | null },
): Sample[] {
  return names.map((each) => sample(name, each === is ? 1 : 0, { [label]: each }))
}

function byName(name: MetricName, label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([each, value]) => sample(name, value, { [label]: each }))
}

function zeros(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, 0]))
}

function sample(name: MetricName, value: number, labels: Sample['labels'] = {}): Sample {
  return { name, value, labels }
}
