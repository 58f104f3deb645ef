import { describe, expect, it } from 'vitest'
import { costOf, type ModelPrice, priceList } from './model-prices.ts'

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

  it('is not known of a model of tomorrow, nor of a name that every object has', () => {
    for (const model of ['some-model-of-tomorrow', 'constructor', '__proto__', ''])
      expect(priceList({}).of(model)).toBeNull()
  })

  it('is that of the model which a short name stands for', () => {
    for (const [name, id] of [
      ['opus', 'claude-opus-5-5'],
      ['sonnet', 'claude-sonnet-5-5'],
      ['haiku', 'claude-haiku-5-5'],
    ] as const)
      expect(priceList({}).of(name)).toEqual(priceOf(id))
  })

  it('is what a person says, before what is known', () => {
    const own = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 }
    const prices = priceList({ 'our-model': own, 'claude-sonnet-4-5': own })
    for (const model of ['our-model', 'claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'])
      expect(prices.of(model)).toEqual(own)
    expect(prices.of('claude-haiku-4-5')).toEqual(priceOf('claude-haiku-4-5'))
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

function priceOf(model: string): ModelPrice {
  const price = priceList({}).of(model)
  if (price === null) throw new Error(`${model} has no price`)
  return price
}
