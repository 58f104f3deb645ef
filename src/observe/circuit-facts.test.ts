import { describe, expect, it } from 'vitest'
import { circuitFacts } from './circuit-facts.ts'

describe('what happened to a circuit', () => {
  it.each<[string, string | null, Record<string, unknown>, string]>([
    [
      'opened in a row',
      'infrastructure',
      { reason: 'failures_in_a_row', numbers: { failures: 1, waitMs: 314_843 } },
      'infrastructure, failures in a row, 1 failure, a wait of 5 min 15 s',
    ],
    [
      'opened by a rate',
      null,
      {
        reason: 'failure_rate',
        numbers: { failures: 4, outcomes: 6, sources: 2, tasks: 3, waitMs: 600_000 },
      },
      'failure rate, 4 failures, 6 outcomes, 2 sources, at least 3 tasks, a wait of 10 min',
    ],
    ['waited', null, { reason: 'wait_over', numbers: { waitedMs: 439 } }, 'wait over, waited 439 ms'],
    [
      'is probed',
      null,
      { probe: 'claim_7', running: 1, until: 1_795_898_099_676 },
      'probe claim_7, 1 probe under way, until 2026-11-28T20:34:59.676Z',
    ],
    [
      'failed again for good',
      null,
      { from: 'half_open', to: 'open', reason: 'probe_failed', numbers: { extensions: 0, waitMs: null } },
      'probe failed, 0 extensions',
    ],
    [
      'closed',
      null,
      { reason: 'probes_succeeded', numbers: { successes: 1, openMs: 2_000 } },
      'probes succeeded, 1 success, after 2.0 s',
    ],
    ['is tried at once', null, { leftMs: 61_000 }, '1 min 1 s of the wait left out'],
    ['flaps', null, { changes: 6, windowMs: 300_000 }, '6 changes, within 5 min'],
    ['did what a newer version knows', null, { colour: 'dark_red' }, 'colour dark red'],
  ])('is told in words: it %s', (_, cause, data, words) => {
    expect(circuitFacts({ cause, data })).toBe(words)
  })
})
