import { describe, expect, it } from 'vitest'
import { fitPrompt } from './fit-prompt.ts'
import type { PromptPart } from './prompt-part.ts'
import { beginningOf, estimatedTokens } from './prompt-tokens.ts'

describe('estimatedTokens', () => {
  it('takes four characters of ASCII for one token and does not take other scripts for short', () => {
    expect(estimatedTokens('')).toBe(0)
    expect(estimatedTokens('const a = 1\n')).toBe(3)
    expect(estimatedTokens('関数を書く')).toBe(5)
  })

  it('gives a beginning of at most so many tokens, whole lines where it can', () => {
    expect(beginningOf('one\ntwo\nthree\n', 2)).toBe('one\ntwo')
    expect(beginningOf('abcdefghijkl', 2)).toBe('abcdefgh')
    expect(beginningOf('short', 9)).toBe('short')
    expect(beginningOf('😀😀', 1)).toBe('\ufffd')
  })
})

const line = (word: string): string => `${word} ${'x'.repeat(34 - word.length)}\n`
const part = (name: string, worth: number | null, lines = 40): PromptPart => ({
  section: 'project',
  name,
  text: line(name).repeat(lines),
  worth,
})

describe('fitPrompt', () => {
  it('tells everything where there is room', () => {
    const fitted = fitPrompt([part('rules', null), part('layout', 10)], 10_000)
    expect(fitted.map(({ cut, because }) => [cut, because])).toEqual([
      [0, null],
      [0, null],
    ])
  })

  it('cuts what is worth least first, says so in its place, and then fits', () => {
    const parts = [part('first', 30), part('kept', null), part('least', 10), part('second', 20)]
    const all = fitPrompt(parts, 1_000_000).reduce((sum, { tokens }) => sum + tokens, 0)
    for (const room of [all - 1, all - 200, all - 400, all - 700]) {
      const fitted = fitPrompt(parts, room)
      expect(fitted.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(room)
      const cuts = Object.fromEntries(fitted.map(({ name, cut }) => [name, cut]))
      expect(cuts['kept']).toBe(0)
      expect(cuts['least']).toBeGreaterThan(0)
      if (cuts['first'] !== 0) expect(fitted[3]?.text).toMatch(/^\(second: left out, about \d+ tokens\)$/)
      for (const { name, cut, text, because } of fitted)
        if (cut > 0) expect([because, text]).toEqual(['room', expect.stringContaining(`(${name}: `)])
    }
  })

  it('keeps what may not be cut, also where that alone is too much', () => {
    const [kept, gone] = fitPrompt([part('kept', null), part('gone', 1)], 5)
    expect(kept?.cut).toBe(0)
    expect(gone?.text).toMatch(/left out/)
  })

  it('cuts a part that is too long by itself, and tells how much is missing after a second cut', () => {
    const long = { ...part('guide', 5, 100), most: 300 }
    const [alone] = fitPrompt([long], 10_000)
    expect([alone?.because, (alone?.tokens ?? 0) <= 300]).toEqual(['length', true])
    const [both] = fitPrompt([long], 100)
    expect(both?.because).toBe('room')
    expect(both?.cut).toBeGreaterThan(alone?.cut ?? 0)
  })

  it('spells out what would be obeyed or hidden', () => {
    const [told] = fitPrompt([{ ...part('odd', 1), text: 'a\u202eb\u001b[2Jc\r\nd\re' }], 100)
    expect(told?.text).toBe('a\\u202eb\\u001b[2Jc\nd\\u000de')
  })
})
