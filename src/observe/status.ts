import { approveTask, submitTask } from '../domain/closing-command.ts'
import { waitsForPerson } from '../domain/people-wait.ts'
import { GOES_ON, type TaskStateName } from '../domain/task.ts'
import { NO_SPEND } from '../domain/spend.ts'
import { resumeCommand, runHold, wayOn } from '../domain/way-on.ts'
import type { Status } from '../protocol/output/status.ts'
import { circuitsOfRun } from './circuits.ts'
import { costAhead } from './cost-ahead.ts'
import { forecast, FORECAST_TASKS, type Forecast } from './forecast.ts'
import { heldOf } from './held.ts'
import type { GuardedCircuit, Run, StoreReader } from './open-readonly.ts'
import { isLive, shownState, silenceOfRun } from './open-watch.ts'

/** One moment of the current run. */
export function readStatus(reader: StoreReader | null, now: number): Status {
  const run = reader?.currentRun() ?? null
  return reader === null || run === null ? NOTHING : reader.snapshot(() => statusOf(reader, run, now))
}

const NOTHING: Status = {
  run: null,
  tasks: {
    total: 0,
    completed: 0,
    failed: 0,
    blocked: 0,
    needs_human: 0,
    cancelled: 0,
    retryable: 0,
    pending: 0,
  },
  lost: [],
  workers: [],
  waits: [],
  quarantined: 0,
  again: null,
  circuits: { closed: 0, open: 0, half_open: 0 },
  held: [],
  spend: NO_SPEND,
  eta: null,
  cost: null,
  base: null,
}

function statusOf(reader: StoreReader, run: Run, now: number): Status {
  const live = isLive(reader)
  const state = shownState(run.state, live)
  const { invocations, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd } = reader.spend(
    run.id,
  )
  const working = state === 'running'
  // Those that are closed hold nothing back.
  const circuits = circuitsOfRun(reader, run.id, 'not_closed')
  const tasks = tally(reader.counts(run.id))
  return {
    run: {
      id: run.id,
      title: run.title,
      state,
      startedAt: run.startedAt,
      target: run.target,
      reason: run.reason,
      resume: resumeOf(reader, { run, state, circuits }, now),
      silence: silenceOfRun(reader, run, now),
    },
    tasks,
    lost: reader.lostLandings(run.id),
    workers: working
      ? reader.workers(run.id).map(({ worker, state: doing, task, stage, since }) => ({
          id: worker,
          state: doing,
          task,
          stage,
          sinceMs: Math.max(0, now - since),
        }))
      : [],
    waits: waitsOf(reader, run.id),
    quarantined: reader.quarantined().length,
    again: working ? reader.triedAgain(run.id, now) : null,
    circuits: reader.circuits(run.id),
    // Whoever resumes a run gives up the probes of those who are gone.
    held: heldOf(live ? circuits : circuits.filter(({ gone }) => gone.length === 0), now),
    spend: { invocations, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd },
    eta: working && tasks.total <= FORECAST_TASKS ? etaOf(reader, { run, circuits }, now) : null,
    cost: state === 'completed' || state === 'incomplete' ? null : costAhead(reader, run),
    base: baseOf(reader.base(run.id)),
  }
}

const MOST_WAITS = 20

function waitsOf(reader: StoreReader, run: string): Status['waits'] {
  return reader
    .withPeople(run)
    .filter(waitsForPerson)
    .slice(0, MOST_WAITS)
    .map(({ definition: { key }, person, waitsForApproval }) => ({
      task: key,
      for: waitsForApproval ? ('approval' as const) : ('submit' as const),
      person: person?.person ?? null,
      next: waitsForApproval ? approveTask(key) : submitTask(key),
    }))
}

/** Every task is counted once; what goes on by itself is `pending`. */
function tally(counts: Readonly<Record<TaskStateName, number>>): Status['tasks'] {
  const { completed, failed, blocked, needs_human, cancelled, retryable } = counts
  const pending = counts.pending + counts.available + counts.running + counts.landing
  const total = completed + failed + blocked + needs_human + cancelled + retryable + pending
  return { total, completed, failed, blocked, needs_human, cancelled, retryable, pending }
}

/** All suites together. */
function baseOf(suites: readonly NonNullable<Status['base']>[]): Status['base'] {
  if (suites.length === 0) return null
  const sum = (name: 'tests' | 'failing' | 'flaky' | 'durationMs'): number =>
    suites.reduce((total, suite) => total + suite[name], 0)
  return {
    tests: sum('tests'),
    failing: sum('failing'),
    flaky: sum('flaky'),
    durationMs: Math.round(sum('durationMs')),
  }
}

function resumeOf(
  reader: StoreReader,
  resting: { readonly run: Run; readonly state: Run['state']; readonly circuits: readonly GuardedCircuit[] },
  now: number,
): NonNullable<Status['run']>['resume'] {
  const { run, state, circuits } = resting
  if (state !== 'paused' && state !== 'interrupted') return null
  const pause = reader.pause(run.id)
  const { reset, at } = wayOn({ pause, circuits, now })
  return { command: resumeCommand({ ...pause, reset }), at }
}

function etaOf(
  reader: StoreReader,
  { run, circuits }: { readonly run: Run; readonly circuits: readonly GuardedCircuit[] },
  now: number,
): Forecast | null {
  const tasks = reader.tasks(run.id)
  const took = reader.tookMs(run.id)
  const agent = reader.agentOf(run.id)
  const others = agent === null ? [] : reader.agentTimes(agent)
  const hold = runHold({ pause: { workers: run.workers, limitUntil: null }, circuits, now })
  // What a person ends is not known.
  const waitMs = Math.max(0, (hold?.until ?? now) - now)
  const described = tasks.map(({ definition, state }) => ({
    key: definition.key,
    dependsOn: definition.dependsOn,
    priority: definition.priority,
    left: GOES_ON.includes(state.state),
    tookMs: took.get(definition.key) ?? null,
    waitMs: state.state === 'retryable' ? Math.max(0, state.notBefore - now - waitMs) : 0,
  }))
  return forecast(described, { workers: run.workers, waitMs, took: others })
}
