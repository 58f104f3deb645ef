import type { Reservation } from './budget.ts'
import { costOf, type ModelPrice } from './model-prices.ts'
import { largerSpend, NO_SPEND, type Spend } from './spend.ts'
import type { AgentStage, Stage } from './stage.ts'
import type { Tier } from './tier.ts'
import { guessedSpend } from './usage-prior.ts'

/** The most that attempts of one stage and tier used, each amount by itself. */
export interface LargestSpend {
  readonly stage: Stage
  /** Null for attempts of programs that did not write it down. */
  readonly tier: Tier | null
  readonly spend: Spend
}

/** What is known of the attempt that is to begin. */
export interface Beforehand {
  readonly stage: AgentStage
  readonly tier: Tier
  /** Of its model; null where nobody knows it. */
  readonly price: ModelPrice | null
  /** The most turns of an attempt of an agent that tells what it uses; null where it does not. */
  readonly maxTurns: number | null
}

/** What is set aside for an attempt: as much as the largest of its stage used, in money by the dearer of both models. */
export function reservationFor(before: Beforehand, history: readonly LargestSpend[]): Reservation {
  const { stage, tier, price, maxTurns } = before
  const like = history.filter((largest) => largest.stage === stage)
  if (like.length === 0) {
    const spend = maxTurns === null ? ONE_CALL : guessedSpend(stage, { price, maxTurns })
    return { spend, isGuess: true }
  }
  const tokens = like.map(({ spend }) => spend).reduce(largerSpend)
  const ofTier = like.filter((largest) => largest.tier === tier)
  const paid = (ofTier.length === 0 ? like : ofTier).map(({ spend }) => spend.costUsd)
  const costUsd = Math.max(...paid, price === null ? 0 : costOf(tokens, price))
  return { spend: { ...tokens, invocations: 1, costUsd }, isGuess: false }
}

/** What is known, with one more attempt: one entry for each stage and tier. */
export function withLargest(known: readonly LargestSpend[], one: LargestSpend): readonly LargestSpend[] {
  const isSame = (other: LargestSpend): boolean => other.stage === one.stage && other.tier === one.tier
  const spend = [...known.filter(isSame).map((other) => other.spend), one.spend].reduce(largerSpend)
  return [...known.filter((other) => !isSame(other)), { ...one, spend }]
}

const ONE_CALL: Spend = { ...NO_SPEND, invocations: 1 }
