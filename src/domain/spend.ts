/** What agents cost, of one attempt or of many. */
export interface Spend {
  /** 1 for an attempt that calls an agent. */
  readonly invocations: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly costUsd: number
}

export const NO_SPEND: Spend = {
  invocations: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
}
