import { costOf, type ModelPrice } from './model-prices.ts'
import { NO_SPEND, type Spend } from './spend.ts'
import type { AgentStage } from './stage.ts'

type Tokens = Pick<Spend, 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens'>

/**
 * What one attempt of an agent that reads, writes and runs commands in some twenty turns may use: a guess, from the size of
 * its instructions and of a small task. It holds until attempts of the stage have ended.
 */
const TYPICAL: Readonly<Record<AgentStage, Tokens>> = {
  red: { inputTokens: 5_000, outputTokens: 9_000, cacheReadTokens: 450_000, cacheWriteTokens: 45_000 },
  red_fix: { inputTokens: 4_000, outputTokens: 6_000, cacheReadTokens: 350_000, cacheWriteTokens: 35_000 },
  green: { inputTokens: 5_000, outputTokens: 8_000, cacheReadTokens: 450_000, cacheWriteTokens: 40_000 },
  fix: { inputTokens: 4_000, outputTokens: 6_000, cacheReadTokens: 350_000, cacheWriteTokens: 35_000 },
  refactor: { inputTokens: 4_000, outputTokens: 6_000, cacheReadTokens: 300_000, cacheWriteTokens: 35_000 },
}
const TYPICAL_TURNS = 20
/** As many times the typical attempt is set aside for one of which nothing is known. */
const SET_ASIDE = 4

/** What an attempt uses as a rule, before anything is known of attempts like it. */
export function typicalSpend(stage: AgentStage, price: ModelPrice | null): Spend {
  return priced(TYPICAL[stage], price)
}

/** What is set aside for it: no more than so many turns can use. */
export function guessedSpend(
  stage: AgentStage,
  { price, maxTurns }: { readonly price: ModelPrice | null; readonly maxTurns: number },
): Spend {
  const times = Math.min(SET_ASIDE, maxTurns / TYPICAL_TURNS)
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = TYPICAL[stage]
  const tokens = {
    inputTokens: Math.ceil(times * inputTokens),
    outputTokens: Math.ceil(times * outputTokens),
    cacheReadTokens: Math.ceil(times * cacheReadTokens),
    cacheWriteTokens: Math.ceil(times * cacheWriteTokens),
  }
  return priced(tokens, price)
}

function priced(tokens: Tokens, price: ModelPrice | null): Spend {
  return { ...NO_SPEND, invocations: 1, ...tokens, costUsd: price === null ? 0 : costOf(tokens, price) }
}
