/**
 * Tokens of the context windows of models by the beginning of their ids, and by the names that Claude Code knows them by
 * (November 2026). Larger ones that have to be asked for are not counted on.
 */
const WINDOWS: readonly (readonly [beginning: string, tokens: number])[] = [
  ['claude-', 200_000],
  ['haiku', 200_000],
  ['sonnet', 200_000],
  ['opus', 200_000],
]

/** Of a model that nobody knows here. */
const UNKNOWN = 128_000

/** Tokens of the context window of a model by its id, also as the clouds write it. */
export function contextWindowOf(model: string): number {
  if (model.endsWith('[1m]')) return 1_000_000
  const bare = model.replace(/^(?:[a-z-]+\.)?anthropic[./]/, '').toLowerCase()
  return WINDOWS.find(([beginning]) => bare.startsWith(beginning))?.[1] ?? UNKNOWN
}

/**
 * Tokens that a prompt may have: what is configured, and no more than half the smallest window of the models that may be
 * asked. The other half is for the work.
 */
export function promptRoom(configured: number, models: readonly string[]): number {
  return Math.min(configured, ...models.map((model) => Math.floor(contextWindowOf(model) / 2)))
}
