import { describe, expect, it } from 'vitest'
import { sampleTask } from '../../test/support/proof-samples.ts'
import { claimedCriteria, idsIn, rejectedClaims } from './criteria.ts'

describe('claims of criteria', () => {
  it.each([
    'AC-1 reads',
    'reads (AC-1)',
    'AC-1: reads',
    'parse > AC-1',
    'reads AC-1.',
    '[AC-1]reads',
    'test_AC_1_reads',
    'TestAcceptance.test_ac_1',
    'ac 1 reads',
    'AC.1 reads',
  ])('finds the id in "%s"', (name) => {
    expect(idsIn(name, ['AC-1'])).toEqual(['AC-1'])
  })

  it.each([
    'AC-10 reads',
    'AC-1-2',
    'XAC-1',
    'AC-1.2',
    'AC-1a',
    'B-AC-1',
    'test_ac_10_reads',
    'test_ac_1b_reads',
    'test_xac_1',
    'test_ac1_reads',
  ])('does not find the id in "%s"', (name) => {
    expect(idsIn(name, ['AC-1'])).toEqual([])
  })

  it.each(['AC_1', 'AC.1', 'ac-1', 'AC--1', 'AC-1.'])('finds the id %s in a name of Python', (id) => {
    expect(idsIn('test_ac_1_reads', [id])).toEqual([id])
  })

  it('finds an id without parts only where it stands in one piece', () => {
    expect(idsIn('test_ac1_reads', ['AC1'])).toEqual(['AC1'])
    expect(idsIn('test_ac_1_reads', ['AC1'])).toEqual([])
  })

  it('finds the longest id of those that begin at a place', () => {
    const ids = ['R-1', 'R-1.2', 'R-2']
    expect(idsIn('test_r_1_2_reads', ids)).toEqual(['R-1.2'])
    expect(idsIn('test_r_1_reads_and_r_2_writes', ids)).toEqual(['R-1', 'R-2'])
    expect(idsIn('test_r_1_2nd_line', ids)).toEqual(['R-1'])
  })

  it('takes the mapping of the agent for touched tests alone', () => {
    const claims = { 'AC-1': ['reads', 'gone'] }
    expect(claimedCriteria({ name: 'reads', told: 'reads' }, sampleTask(), claims)).toEqual(['AC-1'])
    expect(claimedCriteria({ name: 'other', told: 'other' }, sampleTask(), claims)).toEqual([])
    expect(rejectedClaims(claims, [{ name: 'reads' }])).toEqual([{ criterion: 'AC-1', test: 'gone' }])
  })
})
