import { describe, expect, it } from 'vitest'
import { didYouMean, suggest } from './suggest.ts'

describe('suggest', () => {
  it.each([
    ['depndsOn', 'dependsOn'],
    ['wrokers', 'workers'],
    ['Tests', 'tests'],
  ])('takes %s for %s', (word, meant) => {
    expect(suggest(word, ['dependsOn', 'workers', 'tests'])).toBe(meant)
  })

  it('guesses nothing for a word that is far from all', () => {
    expect(suggest('colour', ['dependsOn', 'workers'])).toBeNull()
    expect(suggest('x'.repeat(10_000), ['xx'])).toBeNull()
    expect(didYouMean('colour', ['workers'], 'known here: workers')).toBe('known here: workers')
  })
})
