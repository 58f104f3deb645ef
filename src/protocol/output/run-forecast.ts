import { z } from 'zod'
import { BUDGET_SCOPES, MEASURES } from '../../domain/budget.ts'
import { COMPLEXITIES } from '../../domain/plan.ts'
import { AGENT_STAGES } from '../../domain/stage.ts'
import { TIERS } from '../../domain/tier.ts'
import type { Immutable } from '../immutable.ts'
import { count, keyShape, milliseconds } from './parts.ts'

export const intervalShape = z
  .strictObject({ low: z.number(), expected: z.number(), high: z.number() })
  .describe('Eight of ten runs like it stay between `low` and `high`.')

export const basisShape = z
  .enum(['history', 'guess', 'both'])
  .describe('`history`: attempts of this store; `guess`: none like them has ended; `both`.')

const stageShape = z.strictObject({
  stage: z.enum(AGENT_STAGES),
  tier: z.enum(TIERS).describe('Of its first attempt.'),
  model: z.string().nullable().describe('Null where the driver does not say what its tiers are.'),
})

const budgetShape = z.strictObject({
  scope: z.enum(BUDGET_SCOPES),
  measure: z.enum(MEASURES),
  most: z.number(),
  used: z.number(),
  needed: intervalShape.describe('What is still to come; of a task: of the one that needs most.'),
  holds: z.enum(['yes', 'maybe', 'no']),
})

/** What `run` would do, as `run --dry-run` tells it. */
export const runForecastShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  title: z.string(),
  agent: z.string(),
  workers: count,
  tasks: z
    .array(
      z.strictObject({
        key: keyShape,
        title: z.string(),
        complexity: z.enum(COMPLEXITIES),
        dependsOn: z.array(keyShape),
        stages: z.array(stageShape).describe('Without what is refused.'),
      }),
    )
    .describe('What is left, in the order in which it is claimed as far as dependencies let it.'),
  calls: intervalShape.describe('Agent calls, retries with them.'),
  tokens: intervalShape
    .nullable()
    .describe('Without those that are read from a cache; null where nobody can say.'),
  usd: intervalShape.nullable().describe('US dollars; null where nobody can say.'),
  basis: basisShape,
  time: z
    .strictObject({ p50Ms: milliseconds, p90Ms: milliseconds, basis: basisShape })
    .nullable()
    .describe('Half of all runs like it, and nine of ten, end before; null where nobody can say.'),
  budgets: z.array(budgetShape),
})
export type RunForecast = Immutable<z.infer<typeof runForecastShape>>
