import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstToWait, redactAcross } from './redact-across.ts'

const SECRET = 'plain-looking-key-9431'

describe('a secret in several texts', () => {
  it('is redacted however it is cut, and what stands around it is kept', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: SECRET.length - 1 }), { minLength: 1 })
    fc.assert(
      fc.property(cuts, (places) => {
        const ends = [...places.toSorted((one, other) => one - other), SECRET.length]
        const parts = ends.map((end, index) => SECRET.slice(ends[index - 1] ?? 0, end))
        const texts = [`before ${parts[0]}`, ...parts.slice(1, -1), `${parts.at(-1)} after`]
        expect(redactAcross(texts, [SECRET]).join('')).toBe('before [redacted] after')
      }),
      { seed: 4, numRuns: 200 },
    )
  })

  it.each([
    [`it is sk-ant-${'a'.repeat(10)}`, `${'b'.repeat(10)}.`],
    ['AKIA1234', `${'5'.repeat(12)} is it`],
    ['a token eyJhbGciOiJI', 'UzI1NiJ9.eyJzdWIiOiIxIn0.abc'],
  ])('is redacted by its shape: %o %o', (...texts) => {
    expect(redactAcross(texts, []).join('')).toMatch(/\[redacted\]/)
    expect(redactAcross(texts, []).join('')).not.toMatch(/aaa|bbb|1234|eyJ|555/)
  })

  it('leaves alone what lies within one text, which is redacted already', () => {
    const texts = ['two words', 'and [redacted] more', '']
    expect(redactAcross(texts, [SECRET])).toEqual(texts)
  })

  it('is waited for while its beginning stands at the end', () => {
    expect(firstToWait(['one', 'two plain-', 'looking'], [SECRET])).toBe(1)
    expect(firstToWait(['one', 'two'], [SECRET])).toBe(2)
    expect(firstToWait([], [SECRET])).toBe(0)
    expect(firstToWait(['a key: sk-'], [])).toBe(0)
    expect(firstToWait(['a', SECRET], [SECRET])).toBe(2)
  })
})
