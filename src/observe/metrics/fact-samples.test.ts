import { describe, expect, it } from 'vitest'
import { NOTHING_AMISS } from '../../domain/circuit-health.ts'
import { type Circuit, newCircuit } from '../../domain/circuit.ts'
import type { GuardedCircuit } from '../open-readonly.ts'
import { type MetricFacts, MOST_SHOWN, samplesOf } from './fact-samples.ts'

const NO_TASKS = {
  pending: 0,
  available: 0,
  running: 0,
  landing: 0,
  completed: 0,
  retryable: 0,
  blocked: 0,
  failed: 0,
  needs_human: 0,
  cancelled: 0,
}

function facts(
  run: Partial<NonNullable<MetricFacts['run']>> | null,
  over: Partial<MetricFacts> = {},
): MetricFacts {
  return {
    now: 10_000,
    live: true,
    run:
      run === null
        ? null
        : { state: 'running', tasks: NO_TASKS, workers: [], circuits: [], facts: NOTHING_AMISS, ...run },
    quarantined: 0,
    figures: {
      newest: { seq: 7, at: 4_000 },
      runs: { running: 1, completed: 2 },
      running: { green: 1 },
      requests: { open: 0, oldestAt: null },
      spent: {
        invocations: 3,
        costUsd: 1.5,
        tokens: { input: 1, output: 2, cache_read: 3, cache_write: 4 },
        ms: { agent: 1_500, verify: 0, wait: 0, engine: 0 },
      },
    },
    ...over,
  }
}

function values(told: MetricFacts, name: string): Record<string, number> {
  const found = samplesOf(told).filter((sample) => sample.name === name)
  return Object.fromEntries(found.map(({ labels, value }) => [Object.values(labels).join(' '), value]))
}

function open(level: GuardedCircuit['level'], identifier: string, since = 1_000): GuardedCircuit {
  const { history } = newCircuit(0)
  const circuit: Circuit = { state: 'open', since, probeAt: null, history: { ...history, trips: 1 } }
  return { run: 'run-1', level, identifier, circuit, ended: null, triedBy: null }
}

describe('the samples of a moment', () => {
  it('say UNKNOWN and nothing else of a store without a run', () => {
    const told = facts(null)
    expect(values(told, 'tdd_health_status')).toEqual({ HEALTHY: 0, DEGRADED: 0, UNHEALTHY: 0, UNKNOWN: 1 })
    expect(values(told, 'circuit_breaker_state')).toEqual({})
    expect(Object.values(values(told, 'tdd_tasks'))).toEqual(Object.values(NO_TASKS))
  })

  it('show the circuits of the run and its workers always, those of stages that ever opened', () => {
    const closed = { ...open('stage', 'B:red'), circuit: newCircuit(0) }
    const told = facts({
      workers: [{ worker: 'worker_1', state: 'idle' }],
      circuits: [open('stage', 'A:green'), closed],
    })
    expect(values(told, 'circuit_breaker_state')).toEqual({
      'system system': 0,
      'worker worker_1': 0,
      'stage A:green': 1,
    })
    expect(values(told, 'circuit_breaker_state_duration_seconds')).toMatchObject({ 'stage A:green open': 9 })
    expect(values(told, 'tdd_circuits')).toMatchObject({
      'stage open': 1,
      'stage closed': 1,
      'system open': 0,
    })
  })

  it('show no open circuit whose task or worker goes on no more, and count it as ended', () => {
    const told = facts({
      workers: [
        { worker: 'worker_1', state: 'stopped' },
        { worker: 'worker_2', state: 'idle' },
      ],
      circuits: [
        { ...open('worker', 'worker_1'), ended: 'worker_retired' },
        { ...open('stage', 'A:green'), ended: 'task_failed' },
        { ...open('stage', 'B:green'), ended: 'task_needs_human' },
        open('stage', 'C:green'),
      ],
    })
    expect(values(told, 'circuit_breaker_state')).toEqual({
      'system system': 0,
      'worker worker_2': 0,
      'stage C:green': 1,
    })
    expect(values(told, 'tdd_circuits')).toMatchObject({
      'worker ended': 1,
      'worker open': 0,
      'stage ended': 2,
      'stage open': 1,
    })
    expect(values(told, 'tdd_health_status')).toMatchObject({ DEGRADED: 1, UNHEALTHY: 0 })
  })

  it('show the open circuit of a worker that nobody registered', () => {
    const told = facts({ circuits: [open('worker', 'mine')] })
    expect(values(told, 'circuit_breaker_state')).toEqual({ 'system system': 0, 'worker mine': 1 })
  })

  it('show the latest of many stages and of many workers, the open ones first, and count all of them', () => {
    const closed = { ...open('worker', 'W0'), circuit: newCircuit(1e9) }
    const many = Array.from({ length: MOST_SHOWN + 5 }, (_, index) => [
      open('stage', `T${index}:red`, index),
      open('worker', `W${index + 1}`, index),
    ]).flat()
    const workers = [{ worker: 'registered', state: 'idle' }]
    const told = facts({ circuits: [closed, ...many], workers })
    const shown = Object.keys(values(told, 'circuit_breaker_state'))
    expect(shown).toHaveLength(1 + 2 * MOST_SHOWN)
    expect([shown[1], shown[1 + MOST_SHOWN]]).toEqual([
      `worker W${MOST_SHOWN + 5}`,
      `stage T${MOST_SHOWN + 4}:red`,
    ])
    expect(shown).not.toContain('worker W0')
    expect(values(told, 'tdd_circuits')).toMatchObject({
      'stage open': MOST_SHOWN + 5,
      'worker open': MOST_SHOWN + 5,
      'worker closed': 1,
    })
  })

  it('call a run interrupted whose process is gone, and count no worker or attempt of it', () => {
    const dead = facts({ workers: [{ worker: 'worker_1', state: 'working' }] }, { live: false })
    expect(values(dead, 'tdd_run_state')).toMatchObject({ running: 0, interrupted: 1 })
    expect(values(dead, 'tdd_runs')).toMatchObject({ running: 0, interrupted: 1, completed: 2 })
    expect(values(dead, 'tdd_workers')).toEqual({ idle: 0, working: 0 })
    expect(values(dead, 'tdd_attempts_running')).toMatchObject({ green: 0 })
  })

  it('measure time in seconds', () => {
    expect(values(facts({}), 'tdd_event_age_seconds')).toEqual({ '': 6 })
    expect(values(facts({}), 'tdd_attempt_time_seconds_total')).toMatchObject({ agent: 1.5 })
  })
})
