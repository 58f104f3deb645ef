import { describe, expect, it } from 'vitest'
import { differingLimits } from './differing-limits.ts'
import { DEFAULT_LIMITS } from './limits.ts'

describe('limits of a plan that is added to a run', () => {
  it('differ where they say something else, and nowhere where they are equal or left out', () => {
    const asked = { green: 9, fix: DEFAULT_LIMITS.fix, redFix: undefined }
    expect(differingLimits(asked, DEFAULT_LIMITS)).toEqual([
      { name: 'green', asked: 9, inForce: DEFAULT_LIMITS.green },
    ])
  })
})
