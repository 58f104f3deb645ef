/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  /** Kept for five minutes. */
  readonly cacheWrite: number
}

/** The list prices by which Claude Code 2.1.329 counts, as of November 2026. */
const PRICES: Readonly<Record<string, ModelPrice>> = {
  'claude-opus-5-5': { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  'claude-opus-5': { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  'claude-opus-4-8': { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  'claude-opus-4-7': { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  'claude-opus-4-6': { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  'claude-opus-4-5': { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  'claude-sonnet-5-5': { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
  'claude-sonnet-5': { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
  'claude-sonnet-4-6': { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  'claude-sonnet-4-5': { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  // A fifth of it for short prompts; what streams is charged as if they were long.
  'claude-haiku-5-5': { input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
  'claude-haiku-4-5': { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
}

/** What the client takes for names that are no ids. */
const NAMES: Readonly<Record<string, string>> = {
  opus: 'claude-opus-5-5',
  sonnet: 'claude-sonnet-5-5',
  haiku: 'claude-haiku-5-5',
}

export interface PriceList {
  /** The price of a model; null where nobody knows it: then its tokens are counted, and no money. */
  of(model: string): ModelPrice | null
  /** The same where a person gave it. */
  own(model: string): ModelPrice | null
}

/** What a person says of a model goes before what stands here. Ids are known as the clouds write them too, and with a date. */
export function priceList(given: Readonly<Record<string, ModelPrice>>): PriceList {
  const own = (model: string): ModelPrice | null => found(given, model) ?? found(given, idOf(model))
  return { own, of: (model) => own(model) ?? found(PRICES, idOf(model)) }
}

function idOf(model: string): string {
  const bare = bareName(model)
  return Object.hasOwn(NAMES, bare) ? (NAMES[bare] ?? bare) : bare
}

function bareName(model: string): string {
  return model
    .replace(/^(?:[a-z]+\.)?anthropic[./]/, '')
    .replace(/\[\w+\]$/, '')
    .replace(/(?:@\d+|-v\d+(?::\d+)?)$/, '')
    .replace(/-\d{8}$/, '')
}

function found(list: Readonly<Record<string, ModelPrice>>, model: string): ModelPrice | null {
  return Object.hasOwn(list, model) ? (list[model] ?? null) : null
}

/** What tokens cost, in US dollars. */
export function costOf(
  tokens: {
    readonly inputTokens: number
    readonly outputTokens: number
    readonly cacheReadTokens: number
    readonly cacheWriteTokens: number
  },
  price: ModelPrice,
): number {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = tokens
  const parts =
    inputTokens * price.input +
    outputTokens * price.output +
    cacheReadTokens * price.cacheRead +
    cacheWriteTokens * price.cacheWrite
  return parts / 1_000_000
}
