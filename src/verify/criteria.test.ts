import { describe, expect, it } from 'vitest'
import { sampleTask } from '../../test/support/proof-samples.ts'
import { claimedCriteria, holdsWord, rejectedClaims } from './criteria.ts'

describe('claims of criteria', () => {
  it.each(['AC-1 reads', 'reads (AC-1)', 'AC-1: reads', 'parse > AC-1', 'reads AC-1.', '[AC-1]reads'])(
    'finds the id in "%s"',
    (name) => {
      expect(holdsWord(name, 'AC-1')).toBe(true)
    },
  )

  it.each(['AC-10 reads', 'AC-1-2', 'XAC-1', 'AC-1.2', 'AC-1a', 'B-AC-1'])(
    'does not find the id in "%s"',
    (name) => {
      expect(holdsWord(name, 'AC-1')).toBe(false)
    },
  )

  it('takes the mapping of the agent for touched tests alone', () => {
    const claims = { 'AC-1': ['reads', 'gone'] }
    expect(claimedCriteria({ name: 'reads', told: 'reads' }, sampleTask(), claims)).toEqual(['AC-1'])
    expect(claimedCriteria({ name: 'other', told: 'other' }, sampleTask(), claims)).toEqual([])
    expect(rejectedClaims(claims, [{ name: 'reads' }])).toEqual([{ criterion: 'AC-1', test: 'gone' }])
  })
})
