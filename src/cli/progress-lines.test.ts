import { describe, expect, it } from 'vitest'
import type { Event } from '../domain/event.ts'
import { heldLines, progressLine } from './progress-lines.ts'

const STANDING = { elapsedMs: 12_345, landed: 7, total: 10, keyWidth: 8, columns: null }

function event(kind: Event['kind'], data: Event['data'] = {}): Event {
  return { seq: 1, at: 0, run: 'r', kind, task: 'PARSE-1', attempt: 3, data }
}

describe('a line of progress', () => {
  it('shows time, landed tasks, task and stage in columns', () => {
    expect(progressLine(event('attempt_started', { stage: 'green' }), STANDING)).toBe(
      '  12.3 s  [ 7/10]  PARSE-1   GREEN        writes the code',
    )
  })

  it('says what was refused and why', () => {
    const refusals = [
      { code: 'tests_changed', fact: 'test/a.test.js was modified (and 1 more)' },
      { code: 'tests_failed', fact: 'x' },
    ]
    expect(progressLine(event('attempt_refused', { stage: 'green', refusals }), STANDING)).toBe(
      '  12.3 s  [ 7/10]  PARSE-1   refused      GREEN: tests_changed: test/a.test.js was modified (and 1 more); 1 other refusal',
    )
  })

  it('is one line that fits the terminal, whatever an agent said', () => {
    const long = event('attempt_disputed', { reason: `first\nsecond ${'x'.repeat(500)}` })
    const line = progressLine(long, { ...STANDING, columns: 60 })
    expect(line).toHaveLength(60)
    expect(line).toContain('disputes     first second xxx')
    expect(line).toMatch(/…$/)
  })

  it('says what is held back, why, and until when', () => {
    const numbers = { failures: 4, outcomes: 6, sources: 2, waitMs: 600_000 }
    const opened = { level: 'system', circuit: 'system', cause: 'infrastructure', numbers }
    expect(progressLine({ ...event('circuit_opened', opened), task: null }, STANDING)).toBe(
      '  12.3 s  [ 7/10]            held back    the whole run: 4 of 6 failed (infrastructure); a probe in 10 min',
    )
    const stage = { level: 'stage', circuit: 'PARSE-1:green', cause: 'refused_by_judge' }
    expect(
      progressLine(event('circuit_opened', { ...stage, numbers: { failures: 3, waitMs: 1_000 } }), STANDING),
    ).toBe(
      '  12.3 s  [ 7/10]  PARSE-1   held back    GREEN: 3 failures in a row (refused by judge); a probe in 1.0 s',
    )
  })

  it('says until when the provider is waited for', () => {
    const data = { cause: 'rate_limit', until: 90_000 }
    expect(progressLine({ ...event('provider_limited', data), task: null }, STANDING)).toMatch(
      / {2}waits +for its provider \(rate limit\) until .* \(in 1 min 30 s\)$/,
    )
  })

  it('says of what flaps how often it changed, closed in between or not', () => {
    const data = { level: 'system', circuit: 'system', changes: 6, windowMs: 300_000 }
    expect(progressLine({ ...event('circuit_flapping', data), task: null }, STANDING)).toMatch(
      /flaps +the whole run is held back and tried again and again: 6 changes of its state in 5 min$/,
    )
  })

  it('says of what is used up what lets it go on, and of a worker nothing: another takes its place', () => {
    const usedUp = (level: string, circuit: string) =>
      progressLine({ ...event('circuit_exhausted', { level, circuit }), task: null }, STANDING)
    expect(usedUp('system', 'system')).toMatch(
      /the whole run: every try failed; it goes on by: orchestrator circuits reset system:system$/,
    )
    expect(usedUp('stage', 'A:b:green')).toMatch(
      /GREEN: every try failed; it goes on by: orchestrator task retry A:b$/,
    )
    expect(usedUp('worker', 'worker_3')).toMatch(/worker_3: every try failed; it is not tried any more$/)
  })

  it('says what holds work back already when a run goes on', () => {
    const held = [
      { level: 'system', id: 'system', cause: 'infrastructure', waitsFor: 'time', until: 61_000 },
      { level: 'stage', id: 'A:red', cause: null, waitsFor: 'person', until: null },
    ] as const
    expect(heldLines({ held, now: 1_000 }, STANDING)).toEqual([
      '  12.3 s  [ 7/10]            held back    the whole run (infrastructure) until 1970-01-01T00:01:01Z (in 1 min): orchestrator circuits explain system:system',
      '  12.3 s  [ 7/10]  A         held back    A:red until a person resets it: orchestrator circuits explain stage:A:red',
    ])
  })

  it('counts one failure as one', () => {
    const opened = { level: 'worker', circuit: 'worker_1', cause: null, numbers: { failures: 1 } }
    expect(progressLine(event('circuit_opened', opened), STANDING)).toMatch(/worker_1: 1 failure in a row$/)
  })

  it('leaves out what only programs read', () => {
    expect(progressLine(event('base_measured'), STANDING)).toBeNull()
    expect(progressLine(event('attempt_accepted', { stage: 'red' }), STANDING)).toBeNull()
  })
})
