import { z } from 'zod'
import { strict } from '../protocol/shapes.ts'
import { option, optional } from './option.ts'

const usd = z.number().min(0).max(1e6)

/** US dollars for a million tokens. */
const price = strict({
  input: usd.describe('What is sent.'),
  output: usd.describe('What the model writes.'),
  cacheRead: usd.default(0).describe('What is read from the cache of the provider.'),
  cacheWrite: usd.default(0).describe('What is written to it.'),
})

/** Which model works on what, and what it costs. */
export const modelOptions = {
  raiseAfter: option(z.int().min(0).max(100), 2, {
    doc: 'So many refusals of GREEN or FIX raise its next attempt by one tier, twice as many by two; 0 for never. RED and RED_FIX always have the highest tier, and no attempt has a lower one than an earlier one of the same work.',
  }),
  prices: optional(z.record(z.string().min(1).max(200), price), {
    unit: 'US dollars for a million tokens',
    unset: 'the list prices of Anthropic as of November 2026',
    doc: 'Prices of models by their ids, before those that are known: `[models.prices."our-model"]` with `input`, `output`, `cacheRead`, `cacheWrite`. Of a model without any the tokens are counted, and no money.',
  }),
}
