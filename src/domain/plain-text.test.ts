import { describe, expect, it } from 'vitest'
import { plainText } from './plain-text.ts'

describe('plainText', () => {
  it('makes one line of a text, without what nobody sees', () => {
    expect(plainText('a\r\n b\u0000\u001b[31mc\u202Ed\u200B e', 100)).toBe('a b [31mc d e')
  })

  it('cuts by characters, never through one', () => {
    expect(plainText('😀😀😀😀', 3)).toBe('😀😀…')
    expect(plainText('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxx…')
  })
})
