import type { ModelChoice } from './choose-model.ts'
import { costOf, type PriceList } from './model-prices.ts'
import type { Spend } from './spend.ts'
import { type Tier, TIERS } from './tier.ts'

/** The name of the model of each tier, as the driver asks for it. */
export type TierModels = Readonly<Record<Tier, string>>

/** What an attempt is given to work with, and why. */
export interface GivenModel extends ModelChoice {
  /** Null where the driver does not say what its tiers are. */
  readonly model: string | null
}

/** What an attempt was given, and what else it could have been. */
export interface AttemptModel extends GivenModel {
  /** What the same tokens cost at other tiers, where their prices are known; none before the attempt has ended. */
  readonly alternatives: readonly Alternative[]
}

interface Alternative {
  readonly tier: Tier
  readonly model: string
  readonly usd: number
}

/** At list price: another model would have needed more or fewer tokens. */
export function alternativesTo(
  chosen: Tier,
  {
    spend,
    models,
    prices,
  }: { readonly spend: Spend; readonly models: TierModels; readonly prices: PriceList },
): Alternative[] {
  return TIERS.flatMap((tier) => {
    const price = tier === chosen ? null : prices.of(models[tier])
    return price === null ? [] : [{ tier, model: models[tier], usd: costOf(spend, price) }]
  })
}
