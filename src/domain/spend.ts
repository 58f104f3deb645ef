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

export function summedSpend(left: Spend, right: Spend): Spend {
  return combined(left, right, (one, other) => one + other)
}

/** Each amount by itself. */
export function largerSpend(left: Spend, right: Spend): Spend {
  return combined(left, right, Math.max)
}

function combined(left: Spend, right: Spend, by: (left: number, right: number) => number): Spend {
  return {
    invocations: by(left.invocations, right.invocations),
    inputTokens: by(left.inputTokens, right.inputTokens),
    outputTokens: by(left.outputTokens, right.outputTokens),
    cacheReadTokens: by(left.cacheReadTokens, right.cacheReadTokens),
    cacheWriteTokens: by(left.cacheWriteTokens, right.cacheWriteTokens),
    costUsd: by(left.costUsd, right.costUsd),
  }
}
