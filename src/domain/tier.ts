import { COMPLEXITIES, type Complexity } from './plan.ts'

/** How strong a model is; each driver has one for each tier. A task's complexity is the tier that it asks for. */
export const TIERS = COMPLEXITIES
export type Tier = Complexity

/** Lower than any is -1. */
export function rankOf(tier: Tier | null): number {
  return tier === null ? -1 : TIERS.indexOf(tier)
}

export function higherTier(tier: Tier, steps: number): Tier {
  return TIERS[Math.min(TIERS.length - 1, rankOf(tier) + steps)] ?? tier
}
