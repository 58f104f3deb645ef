import { describe, expect, it } from 'vitest'
import { sampleSuite } from '../../test/support/proof-samples.ts'
import type { Suite } from './suite.ts'
import { suitesOfRange } from './suites-of-range.ts'

const FILES = ['test/a.test.js', 'packages/b/test/b.test.js']
const main = sampleSuite({ tests: ['test/*.test.js'], fixtures: [] })
const inner = sampleSuite({ name: 'b', cwd: 'packages/b' })

function joined(begin: readonly Suite[], end: readonly Suite[], files: readonly string[] = FILES): Suite[] {
  return suitesOfRange({ begin, end, files })
}

describe('the suites of a range', () => {
  it('are those of its end', () => {
    expect(joined([main], [main, inner])).toEqual([main, inner])
    const vitest = { ...main, runner: 'vitest' } as const
    expect(joined([main], [vitest])).toEqual([vitest])
    expect(joined([main, inner], [main], ['test/a.test.js'])).toEqual([main])
  })

  it('lose no tests to a change of what finds them', () => {
    const narrow = { ...main, tests: ['test/a.test.js'], fixtures: ['test/**'] }
    expect(joined([main], [narrow])).toEqual([{ ...narrow, tests: ['test/a.test.js', 'test/*.test.js'] }])
    expect(joined([main, inner], [main])).toEqual([main, inner])
    expect(joined([main, inner], [{ ...main, name: 'b' }]).map(({ name }) => name)).toEqual(['b', 'b-before'])
  })
})
