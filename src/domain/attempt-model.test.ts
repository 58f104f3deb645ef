import { describe, expect, it } from 'vitest'
import { alternativesTo } from './attempt-model.ts'
import { priceList } from './model-prices.ts'
import { NO_SPEND } from './spend.ts'

const models = { low: 'haiku', medium: 'claude-sonnet-5-5', high: 'claude-opus-5-5' }
const spend = { ...NO_SPEND, inputTokens: 1_000_000, outputTokens: 100_000 }

describe('alternativesTo', () => {
  it('says what the tokens of an attempt cost at the other tiers', () => {
    expect(alternativesTo('high', { spend, models, prices: priceList({}) })).toEqual([
      { tier: 'low', model: 'haiku', usd: 0.75 },
      { tier: 'medium', model: 'claude-sonnet-5-5', usd: 3 },
    ])
  })

  it('leaves out a model that nobody knows the price of', () => {
    const own = { ...models, low: 'our-own' }
    expect(alternativesTo('high', { spend, models: own, prices: priceList({}) })).toHaveLength(1)
    const prices = priceList({ 'our-own': { input: 1, output: 0, cacheRead: 0, cacheWrite: 0 } })
    expect(alternativesTo('high', { spend, models: own, prices })[0]).toMatchObject({
      model: 'our-own',
      usd: 1,
    })
  })
})
