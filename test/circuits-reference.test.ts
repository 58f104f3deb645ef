import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AttemptOutcome } from '../src/domain/attempt.ts'
import { circuitsHear } from '../src/domain/circuit-causes.ts'
import { CIRCUIT_LEVELS } from '../src/domain/circuit.ts'
import { DEFAULT_CIRCUITS } from '../src/domain/circuit-options.ts'
import { refusal } from './support/store-data.ts'

const TEXT = readFileSync(new URL('../docs/reference/CIRCUIT_BREAKER_CONFIG.md', import.meta.url), 'utf8')

describe('the reference of circuits', () => {
  it.each<[string, AttemptOutcome]>([
    ['accepted', { kind: 'accepted', work: { base: 'b', red: 'r', green: null, evidence: 'e' } }],
    ['refused by the judges', refused('tests_failed', 'flaky')],
    ['refused as flaky, timed out or broken off alone', refused('flaky', 'timeout', 'runner_failure')],
    [
      'the agent gave up: turns or time used up, refused, or it says that it cannot go on',
      { kind: 'gave_up', cause: 'timeout', detail: '' },
    ],
    ['the agent crashed or stalled', { kind: 'gave_up', cause: 'stalled', detail: '' }],
    ['a dispute, or a dispute rejected', { kind: 'disputed', reason: '' }],
    ['infrastructure', lost('infrastructure')],
    ['provider limit', lost('provider_limit')],
    ['stopped by a person, or the engine was', lost('user')],
  ])('says what circuits hear when an attempt ends: %s', (ending, outcome) => {
    const says = circuitsHear(outcome)
    if (says === null) throw new Error('an attempt that ended says something')
    const told = CIRCUIT_LEVELS.map((level) => (says[level] === 'unknown' ? '–' : says[level]))
    expect(rowOf(ending)).toEqual([ending, says.class ?? '', ...told])
  })

  it('says the defaults', () => {
    for (const level of CIRCUIT_LEVELS) {
      const { waitMs, growth, longestWaitMs, failures, rate, extensions } = DEFAULT_CIRCUITS[level]
      const [, opens, wait, grows, longest, most] = rowOf(level, 6)
      expect([wait, grows, longest]).toEqual([minutes(waitMs), `× ${growth}`, minutes(longestWaitMs)])
      expect(opens).toContain(
        failures === null ? `${rate?.outcomes} or more outcomes` : `${failures} failures`,
      )
      expect(most?.split(',')[0]).toBe(String(extensions))
    }
  })

  it('says the window of the rate of the run, and for how long a run that does not recover is tried', () => {
    const { rate, waitMs, growth, longestWaitMs, extensions } = DEFAULT_CIRCUITS.system
    const [, opens, , , , most] = rowOf('system', 6)
    expect(opens).toContain(`within ${minutes(rate?.windowMs ?? 0)}`)
    const waits = Array.from({ length: 1 + (extensions ?? 0) }, (_, nth) => waitMs * growth ** nth)
    const hours = waits.reduce((sum, wait) => sum + Math.min(wait, longestWaitMs), 0) / 3_600_000
    expect(most).toContain(`about ${Math.round(hours)} hours`)
  })
})

/** The cells of the row of a table that begins with this one; of the table that has so many columns. */
function rowOf(first: string, columns = 5): string[] {
  const rows = TEXT.split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
  const found = rows.find((row) => row[0] === first && row.length === columns)
  if (found === undefined) throw new Error(`the reference has no row ${first}`)
  return found
}

function refused(...codes: readonly Parameters<typeof refusal>[0][]): AttemptOutcome {
  const [first, ...others] = codes.map(refusal)
  if (first === undefined) throw new Error('a refusal has a code')
  return { kind: 'refused', refusals: [first, ...others], base: 'b', tree: null }
}

function lost(cause: 'infrastructure' | 'provider_limit' | 'user'): AttemptOutcome {
  return { kind: 'lost', cause, detail: '', retryAt: null }
}

function minutes(ms: number): string {
  return `${ms / 60_000} min`
}
