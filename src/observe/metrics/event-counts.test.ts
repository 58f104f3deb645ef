import { describe, expect, it } from 'vitest'
import type { MetricEvent } from '../open-readonly.ts'
import { countsOf } from './event-counts.ts'
import { Recoveries } from './recoveries.ts'

function event(kind: MetricEvent['kind'], over: Partial<MetricEvent> = {}): MetricEvent {
  return {
    seq: 1,
    at: 5_000,
    run: 'run-1',
    kind,
    stage: null,
    startedAt: null,
    endedAt: null,
    used: null,
    data: {},
    ...over,
  }
}

function lines(told: MetricEvent): string[] {
  return countsOf(told).map(({ name, labels, amount }) =>
    [name, ...Object.values(labels), ...(amount === undefined ? [] : [amount])].join(' '),
  )
}

describe('what an event adds to metrics', () => {
  it('is nothing for most', () => {
    expect(lines(event('task_available'))).toEqual([])
    expect(lines(event('circuit_reset', { data: { level: 'worker', from: 'open' } }))).toEqual([])
  })

  it('is the time, the codes and what circuits hear for a refused attempt', () => {
    const refusals = [{ code: 'tests_failed' }, { code: 'flaky' }]
    const refused = { stage: 'green', startedAt: 1_000, endedAt: 3_500, data: { refusals } } as const
    expect(lines(event('attempt_refused', refused))).toEqual([
      'tdd_stage_duration_seconds green refused 2.5',
      'tdd_refusals_total tests_failed',
      'tdd_refusals_total flaky',
      'circuit_breaker_failures_total stage refused_by_judge',
      'circuit_breaker_successes_total worker',
      'circuit_breaker_successes_total system',
    ])
  })

  it('is what its processes used for an attempt that was sampled', () => {
    const used = { samples: 3, cpuMs: 1_500, peakBytes: 2_048, peakProcesses: 4 }
    const told = (more: object) =>
      lines(event('attempt_disputed', { stage: 'green', used: { ...used, ...more } })).filter((line) =>
        line.startsWith('tdd_'),
      )
    expect(told({})).toEqual([
      'tdd_attempt_cpu_seconds_total green 1.5',
      'tdd_attempt_peak_memory_bytes green 2048',
      'tdd_attempt_peak_processes green 4',
    ])
    expect(told({ samples: 0, peakBytes: 0, peakProcesses: 0 })).toEqual([
      'tdd_attempt_cpu_seconds_total green 1.5',
    ])
    expect(lines(event('attempt_started', { stage: 'green', used }))).toEqual([])
  })

  it('is no failure of a circuit where a provider limit stopped it', () => {
    expect(lines(event('attempt_lost', { data: { cause: 'provider_limit' } }))).toEqual([
      'tdd_attempts_lost_total provider_limit',
      'tdd_provider_limits_total',
    ])
  })

  it('has no label that is not a known word', () => {
    const hostile = 'x"} 1\nevil 2'
    const strange = { refusals: [{ code: hostile }, null], cause: hostile, kind: hostile, level: hostile }
    const told = ['attempt_refused', 'attempt_lost', 'attempt_gave_up', 'landing_returned', 'circuit_opened']
    const all = told.flatMap((kind) => lines(event(kind as MetricEvent['kind'], { data: strange })))
    expect(all).toEqual([
      'tdd_refusals_total other',
      'tdd_refusals_total other',
      'tdd_attempts_lost_total other',
      'tdd_attempts_given_up_total other',
      'tdd_landing_returns_total other',
    ])
  })
})

describe('the recoveries of circuits', () => {
  const circuit = { level: 'stage', circuit: 'A:green' }
  const opened = event('circuit_opened', { at: 1_000, data: circuit })

  it('take from the first opening to the closing, also where probes failed between', () => {
    const recoveries = new Recoveries()
    recoveries.take(opened)
    recoveries.take(event('circuit_opened', { at: 3_000, data: circuit }))
    const closed = event('circuit_closed', { at: 9_000, data: { ...circuit, reason: 'probes_succeeded' } })
    expect(recoveries.take(closed)).toEqual([
      { name: 'circuit_breaker_recoveries_total', labels: { level: 'stage', by: 'probe' } },
      { name: 'circuit_breaker_recovery_duration_seconds', labels: { level: 'stage' }, amount: 8 },
    ])
  })

  it('are told of a person by a reset, without a time where the opening is not known', () => {
    const reset = event('circuit_closed', { data: { ...circuit, reason: 'reset' } })
    expect(new Recoveries().take(reset)).toEqual([
      { name: 'circuit_breaker_recoveries_total', labels: { level: 'stage', by: 'person' } },
    ])
  })

  it('are none where a run ended before anything recovered', () => {
    const recoveries = new Recoveries()
    recoveries.take(opened)
    const closed = event('circuit_closed', { at: 9_000, data: { ...circuit, reason: 'run_ended' } })
    expect(recoveries.take(closed)).toEqual([])
  })

  it('are forgotten with the end of their run', () => {
    const recoveries = new Recoveries()
    recoveries.take(opened)
    recoveries.take(event('run_ended'))
    const closed = event('circuit_closed', { at: 9_000, data: circuit })
    expect(recoveries.take(closed).map(({ name }) => name)).toEqual(['circuit_breaker_recoveries_total'])
  })
})
