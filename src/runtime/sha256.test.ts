import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sha256 } from './sha256.ts'

describe('the digest of a short text', () => {
  it('is that of node:crypto for every length around the bounds of its blocks', () => {
    const texts = Array.from({ length: 200 }, (_, length) => 'päth/'.repeat(length).slice(0, length))
    expect(texts.map(sha256)).toEqual(texts.map((text) => createHash('sha256').update(text).digest('hex')))
  })
})
