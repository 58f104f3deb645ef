import type { Attempt } from './attempt.ts'
import type { AgentStage, Stage } from './stage.ts'
import { higherTier, rankOf, type Tier } from './tier.ts'

/** All that the tier of an attempt may depend on. */
export interface ModelQuestion {
  readonly stage: AgentStage
  readonly complexity: Tier
  /** Earlier attempts of the task, oldest first, with the tiers that they had. */
  readonly attempts: readonly Attempt[]
  readonly generation: number
  /** So many refusals of a stage raise its next attempt by one tier, twice as many by two; 0 for never. */
  readonly raiseAfter: number
}

/**
 * `writes_tests`: RED and RED_FIX always have the highest. `complexity`: that of the task. `refusals`: so many of this
 * stage raised it. `went_before`: an earlier attempt of the same work had it already.
 */
export const TIER_REASONS = ['writes_tests', 'complexity', 'refusals', 'went_before'] as const
export type TierReason = (typeof TIER_REASONS)[number]

export interface ModelChoice {
  readonly tier: Tier
  readonly why: TierReason
  /** Earlier attempts of this stage and generation that were refused, or whose agent gave up. */
  readonly refusals: number
}

/** The one decision which tier works on an attempt. A retry may go up, and never goes down. */
export function chooseModel(question: ModelQuestion): ModelChoice {
  const { stage, complexity, attempts, raiseAfter } = question
  const refusals = refusalsOf(question)
  if (WRITE_TESTS.includes(stage)) return { tier: 'high', why: 'writes_tests', refusals }
  const raised = higherTier(complexity, raiseAfter === 0 ? 0 : Math.floor(refusals / raiseAfter))
  const before = attempts
    .filter((attempt) => sameWork(attempt.stage, stage))
    .map(({ tier }) => tier ?? null)
    .reduce((most, tier) => (rankOf(tier) > rankOf(most) ? tier : most), null)
  if (before !== null && rankOf(before) > rankOf(raised))
    return { tier: before, why: 'went_before', refusals }
  return { tier: raised, why: raised === complexity ? 'complexity' : 'refusals', refusals }
}

const WRITE_TESTS: readonly Stage[] = ['red', 'red_fix']
const WRITE_SOURCES: readonly Stage[] = ['green', 'fix']

/** A refactoring begins anew: what it works on is accepted. */
function sameWork(one: Stage, other: Stage): boolean {
  return one === other || (WRITE_SOURCES.includes(one) && WRITE_SOURCES.includes(other))
}

function refusalsOf({ attempts, stage, generation }: ModelQuestion): number {
  return attempts.filter(
    (attempt) =>
      attempt.stage === stage &&
      attempt.generation === generation &&
      (attempt.outcome.kind === 'refused' || attempt.outcome.kind === 'gave_up'),
  ).length
}
