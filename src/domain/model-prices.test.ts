import { describe, expect, it } from 'vitest'
import { costOf, priceOf } from './model-prices.ts'

const TOKENS = { inputTokens: 1_000_000, outputTokens: 100_000, cacheReadTokens: 0, cacheWriteTokens: 0 }

describe('what a model costs', () => {
  it.each([
    'claude-sonnet-4-5',
    'claude-sonnet-4-5-20250929',
    'claude-sonnet-4-5@20250929',
    'claude-sonnet-4-5[1m]',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'anthropic.claude-sonnet-4-5-v2',
    'anthropic/claude-sonnet-4-5',
  ])('is known of %s', (model) => {
    expect(costOf(TOKENS, priceOf(model))).toBeCloseTo(4.5)
  })

  it('is the most where nobody knows it', () => {
    expect(costOf(TOKENS, priceOf('some-model-of-tomorrow'))).toBeCloseTo(7.5)
    for (const model of ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5'])
      expect(costOf(TOKENS, priceOf(model))).toBeLessThan(costOf(TOKENS, priceOf('constructor')))
  })

  it('counts what is read from a cache and written to it', () => {
    const cached = {
      ...TOKENS,
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 2_000_000,
      cacheWriteTokens: 1_000_000,
    }
    expect(costOf(cached, priceOf('claude-haiku-4-5'))).toBeCloseTo(1.45)
  })
})
