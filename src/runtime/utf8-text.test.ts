import { describe, expect, it } from 'vitest'
import { utf8Text } from './utf8-text.ts'

describe('the text of bytes', () => {
  it('is what was written, a byte order mark and a replacement character among it', () => {
    for (const text of ['', 'a', '\uFEFFa\n', 'caf\u00e9 \uFFFD \u{1F600}\n'])
      expect(utf8Text(Buffer.from(text))).toEqual({ text })
  })

  it.each([
    ['at the beginning', [0xff, 0x0a], 1],
    ['in the third line', [0x61, 0x0a, 0x0a, 0x63, 0xe9, 0x0a, 0xe9], 3],
    ['cut off at the end', [0x61, 0x0a, 0xc3], 2],
    ['cut off before a line end', [0xc3, 0x0a, 0x61], 1],
  ])('is none where a byte is not UTF-8: %s', (_, bytes, line) => {
    expect(utf8Text(Buffer.from(bytes))).toEqual({ notUtf8: line })
  })
})
