import { describe, expect, it } from 'vitest'
import { contextWindowOf, promptRoom } from './context-window.ts'

describe('contextWindowOf', () => {
  it.each([
    ['opus', 200_000],
    ['claude-haiku-4-5', 200_000],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 200_000],
    ['sonnet[1m]', 1_000_000],
    ['something-else', 128_000],
  ])('knows that of %s', (model, tokens) => {
    expect(contextWindowOf(model)).toBe(tokens)
  })
})

describe('promptRoom', () => {
  it('is what is configured, and never more than half the smallest window', () => {
    expect(promptRoom(24_000, ['haiku', 'opus'])).toBe(24_000)
    expect(promptRoom(900_000, ['opus', 'something-else'])).toBe(64_000)
    expect(promptRoom(900_000, [])).toBe(900_000)
  })
})
