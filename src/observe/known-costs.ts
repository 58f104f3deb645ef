import type { TierModels } from '../domain/attempt-model.ts'
import { tokensOf } from '../domain/budget.ts'
import type { KnownCosts, StageAhead } from '../domain/cost-forecast.ts'
import type { PriceList } from '../domain/model-prices.ts'
import { typicalSpend } from '../domain/usage-prior.ts'
import type { AgentRecord } from './open-readonly.ts'

/** What attempts of an agent cost: as its record says, else by a guess where its models are known. */
export function knownCosts(
  record: AgentRecord,
  { models, prices }: { readonly models: TierModels | null; readonly prices: PriceList },
): KnownCosts {
  const typical = ({ stage, tier }: StageAhead): { usd: number; tokens: number } | null => {
    if (models === null) return null
    const spend = typicalSpend(stage, prices.of(models[tier]))
    return { usd: spend.costUsd, tokens: tokensOf(spend) }
  }
  return { ...record, typical }
}
