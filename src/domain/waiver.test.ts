import { describe, expect, it } from 'vitest'
import { REFUSAL_CODES, type Refusal, type RefusalCode, verdictOf } from './verdict.ts'
import { isWaivable, type Waiver, withoutSourceWaivers, withoutWaived, withWaivers } from './waiver.ts'

const refusal = (code: RefusalCode): Refusal => ({ code, fact: code, hint: '', details: [] })
const waiver = (code: RefusalCode, reason = 'why'): Waiver => ({ code, reason, person: 'Ann' })

describe('a waiver', () => {
  it('of what tools found in sources ends where sources are written anew', () => {
    const all = (['weak_test', 'criterion_uncovered', 'check_failed', 'mutant_survived'] as const).map(
      (code) => waiver(code),
    )
    expect(withoutSourceWaivers(all).map(({ code }) => code)).toEqual(['weak_test', 'criterion_uncovered'])
  })

  it('lets pass what it names and nothing else', () => {
    const verdict = verdictOf([refusal('weak_test'), refusal('check_failed')])
    expect(withoutWaived(verdict, [waiver('weak_test')])).toEqual(verdictOf([refusal('check_failed')]))
    expect(withoutWaived(verdict, [waiver('weak_test'), waiver('check_failed')])).toEqual({ accepted: true })
    expect(withoutWaived(verdict, [])).toEqual(verdict)
  })

  it('never lets pass what protects people or what the proof is made of, though it was written down', () => {
    const kept: readonly RefusalCode[] = [
      'forbidden_path',
      'wrong_files',
      'tests_changed',
      'secret_found',
      'removal_not_detected',
      'unexpected_green',
      'regression',
      'tests_failed',
    ]
    for (const code of kept) {
      expect(isWaivable(code), code).toBe(false)
      const verdict = verdictOf([refusal(code)])
      expect(withoutWaived(verdict, [waiver(code)])).toEqual(verdict)
    }
    expect(REFUSAL_CODES.filter(isWaivable)).toHaveLength(6)
    expect(isWaivable('toString')).toBe(false)
  })

  it('of the same code takes the place of the earlier one', () => {
    const before = [waiver('weak_test', 'old'), waiver('check_failed')]
    expect(withWaivers(before, [waiver('weak_test', 'new')])).toEqual([
      waiver('check_failed'),
      waiver('weak_test', 'new'),
    ])
    expect(withWaivers(before, [])).toEqual(before)
  })
})
