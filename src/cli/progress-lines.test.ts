import { describe, expect, it } from 'vitest'
import type { Event } from '../domain/event.ts'
import { progressLine } from './progress-lines.ts'

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
      { code: 'tests_changed', fact: 'test/a.test.js was modified' },
      { code: 'tests_failed', fact: 'x' },
    ]
    expect(progressLine(event('attempt_refused', { stage: 'green', refusals }), STANDING)).toBe(
      '  12.3 s  [ 7/10]  PARSE-1   refused      GREEN: tests_changed: test/a.test.js was modified (and 1 more)',
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

  it('counts one failure as one', () => {
    const opened = { level: 'worker', circuit: 'worker_1', cause: null, numbers: { failures: 1 } }
    expect(progressLine(event('circuit_opened', opened), STANDING)).toMatch(/worker_1: 1 failure in a row$/)
  })

  it('leaves out what only programs read', () => {
    expect(progressLine(event('base_measured'), STANDING)).toBeNull()
    expect(progressLine(event('attempt_accepted', { stage: 'red' }), STANDING)).toBeNull()
  })
})
