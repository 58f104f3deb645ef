import type { Spend } from './spend.ts'

type Amounts = Omit<Spend, 'invocations'>

/**
 * What an attempt may have used by the time that it is killed, from what it told so far. Who kills it cuts off an answer whose
 * end nobody hears, and perhaps a second that nobody has stored yet: each may be as large as the largest so far.
 */
export class SetAside {
  #before: Amounts
  #step: Amounts

  constructor(none: Amounts) {
    this.#before = none
    this.#step = none
  }

  /** Takes the total so far; answers the most that it may come to. */
  hear(total: Amounts): Amounts {
    this.#step = combined(this.#step, total, this.#before)
    this.#before = total
    const step = this.#step
    return {
      inputTokens: total.inputTokens + ANSWERS * step.inputTokens,
      outputTokens: total.outputTokens + ANSWERS * step.outputTokens,
      cacheReadTokens: total.cacheReadTokens + ANSWERS * step.cacheReadTokens,
      cacheWriteTokens: total.cacheWriteTokens + ANSWERS * step.cacheWriteTokens,
      // An answer is told in two: what was sent for it, and what the model wrote.
      costUsd: total.costUsd + 2 * ANSWERS * step.costUsd,
    }
  }
}

const ANSWERS = 2

/** The larger of the largest step and the last, each amount by itself. */
function combined(step: Amounts, total: Amounts, before: Amounts): Amounts {
  return {
    inputTokens: Math.max(step.inputTokens, total.inputTokens - before.inputTokens),
    outputTokens: Math.max(step.outputTokens, total.outputTokens - before.outputTokens),
    cacheReadTokens: Math.max(step.cacheReadTokens, total.cacheReadTokens - before.cacheReadTokens),
    cacheWriteTokens: Math.max(step.cacheWriteTokens, total.cacheWriteTokens - before.cacheWriteTokens),
    costUsd: Math.max(step.costUsd, total.costUsd - before.costUsd),
  }
}
