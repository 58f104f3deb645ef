import { costOf, type PriceList } from '../domain/model-prices.ts'
import type { ClaudeResult } from './claude-messages.ts'

/** What a session cost: as the client says, but by prices that a person gave, and nothing where it only guesses. */
export function moneyOf({ modelUsage, total_cost_usd }: ClaudeResult, prices: PriceList): number {
  const models = Object.entries(modelUsage)
  const isKnown = models.every(
    ([model, { costBasis }]) => costBasis !== 'unknown' && prices.own(model) === null,
  )
  if (isKnown) return total_cost_usd
  return models.reduce((sum, [model, told]) => {
    const own = prices.own(model)
    if (own === null) return sum + (told.costBasis === 'unknown' ? 0 : told.costUSD)
    const tokens = {
      inputTokens: told.inputTokens,
      outputTokens: told.outputTokens,
      cacheReadTokens: told.cacheReadInputTokens,
      cacheWriteTokens: told.cacheCreationInputTokens,
    }
    return sum + costOf(tokens, own)
  }, 0)
}
