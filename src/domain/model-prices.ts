/** US dollars for a million tokens. */
interface ModelPrice {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  /** Kept for five minutes. */
  readonly cacheWrite: number
}

/** The list prices by which Claude Code 2.1.329 counts (November 2026). */
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

/** Of a model that nobody knows here: the dearest, so that no budget is overdrawn by what was guessed. */
const DEAREST: ModelPrice = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 }

/** The price of a model by its id, also as the clouds write it and with its date. */
export function priceOf(model: string): ModelPrice {
  const bare = model
    .replace(/^(?:[a-z]+\.)?anthropic[./]/, '')
    .replace(/\[\w+\]$/, '')
    .replace(/(?:@\d+|-v\d+(?::\d+)?)$/, '')
    .replace(/-\d{8}$/, '')
  return Object.hasOwn(PRICES, bare) ? (PRICES[bare] ?? DEAREST) : DEAREST
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
