import { describe, expect, it } from 'vitest'
import { requireGiven } from './given.ts'

describe('what a caller without types gave', () => {
  const require = (given: unknown): void =>
    requireGiven(given, { name: 'string', ask: 'function' }, { what: 'a friend', hint: 'Give one.' })

  it('is taken where it has all that is needed', () => {
    expect(() => require({ name: 'Ada', ask: () => 1, more: 2 })).not.toThrow()
  })

  it.each<[unknown, string]>([
    [null, 'it is null'],
    [undefined, 'it is undefined'],
    ['Ada', 'it is string'],
    [{}, 'it has no usable name'],
    [{ name: 'Ada', ask: 1 }, 'it has no usable ask'],
  ])('is refused in words where it has not: %j', (given, why) => {
    expect(() => require(given)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `a friend is needed, and what was given is none: ${why}`,
        hint: 'Give one.',
      }),
    )
  })
})
