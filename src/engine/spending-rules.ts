import type { Agent } from '../agents/agent.ts'
import type { Config } from '../config/schema.ts'
import type { BudgetLimits } from '../domain/budget.ts'
import { type PriceList, priceList } from '../domain/model-prices.ts'
import { TIERS } from '../domain/tier.ts'
import type { SpendingRules } from './budget-keeper.ts'

/** What a run goes by, from its own budget and the configuration. */
export function spendingRules(
  { run: { leaveWindow }, budgets, models }: Config,
  run: BudgetLimits,
): SpendingRules {
  return {
    budgets: { run, task: budgets.task, day: budgets.day },
    raiseAfter: models.raiseAfter,
    prices: priceList(models.prices ?? {}),
    leaveWindow,
  }
}

/** A line for each model that no price is known of. */
export function unpricedModels({ metering }: Pick<Agent, 'metering'>, prices: PriceList): string[] {
  if (metering === undefined) return []
  const names = new Set(TIERS.map((tier) => metering.models[tier]).filter((name) => prices.of(name) === null))
  return [...names].map(
    (name) =>
      `No price is known of the model ${JSON.stringify(name)}: its tokens are counted, and money only where the client knows what it costs. [models.prices.${JSON.stringify(name)}] in .tdd/config.toml gives it one.`,
  )
}
