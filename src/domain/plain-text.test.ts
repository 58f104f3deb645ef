import { describe, expect, it } from 'vitest'
import { plainText, spelledOut } from './plain-text.ts'

describe('spelledOut', () => {
  it('shows what would steer a terminal, the direction of text or nothing at all', () => {
    expect(spelledOut('a\u001b[31m\u202eb\u2066\u200b\u0000\u007f\ufeff\n\t')).toBe(
      String.raw`a\u001b[31m\u202eb\u2066\u200b\u0000\u007f\ufeff` + '\n\t',
    )
    expect(spelledOut('\ud800x\u{e0041}')).toBe(String.raw`\ud800x\u{e0041}`)
    expect(spelledOut('👩‍👩‍👧 ä 漢')).toBe('👩‍👩‍👧 ä 漢')
  })
})

describe('plainText', () => {
  it('makes one line of a text, without what nobody sees', () => {
    expect(plainText('a\r\n b\u0000\u001b[31mc\u202Ed\u200B e', 100)).toBe('a b [31mc d e')
  })

  it('cuts by characters, never through one', () => {
    expect(plainText('😀😀😀😀', 3)).toBe('😀😀…')
    expect(plainText('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxx…')
  })
})
