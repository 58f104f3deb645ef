import { describe, expect, it } from 'vitest'
import { headAndTail } from './head-and-tail.ts'

describe('a text that is too long', () => {
  it('keeps both ends of what is cut', () => {
    const text = headAndTail(`begin${'-'.repeat(1_000)}end`, 100)
    expect(text.startsWith('begin')).toBe(true)
    expect(text.endsWith('end')).toBe(true)
    expect(text.length).toBeLessThan(150)
    expect(headAndTail('short', 100)).toBe('short')
  })

  it('has its beginning and its end in the shares that are wanted', () => {
    const text = `${'a'.repeat(50)}${'b'.repeat(50)}`
    expect(headAndTail(text, 40, 0.25)).toBe(
      `${'a'.repeat(10)}\n[60 characters are left out]\n${'b'.repeat(30)}`,
    )
  })
})
