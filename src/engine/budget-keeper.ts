import type { SpendSummary } from '../store/store.ts'

export interface BudgetLimits {
  readonly invocations: number | null
  readonly tokens: number | null
  readonly usd: number | null
  /** Wall time of this process's part of the run. */
  readonly timeMs: number | null
}

export type BudgetAnswer =
  | { readonly admitted: true; readonly warning: string | null }
  | { readonly admitted: false; readonly limit: keyof BudgetLimits; readonly reason: string }

const WARNING_SHARE = 0.8

/** Reserves before anything is spent. Amounts of attempts in flight count as reserved until they are settled. */
export class BudgetKeeper {
  readonly #limits: BudgetLimits
  readonly #startedAt: number
  readonly #warned = new Set<string>()
  #invocations: number
  #tokens: number
  #usd: number
  #refused: keyof BudgetLimits | null = null

  constructor(limits: BudgetLimits, spent: SpendSummary, startedAt: number) {
    this.#limits = limits
    this.#startedAt = startedAt
    this.#invocations = spent.invocations
    this.#tokens = spent.inputTokens + spent.outputTokens
    this.#usd = spent.costUsd
  }

  /** Asks for one more invocation of an agent; an admitted one is counted at once. */
  reserve(now: number): BudgetAnswer {
    const { invocations, tokens, usd, timeMs } = this.#limits
    const asks: readonly [keyof BudgetLimits, number, number | null][] = [
      ['invocations', this.#invocations + 1, invocations],
      ['tokens', this.#tokens, tokens],
      ['usd', this.#usd, usd],
      ['timeMs', now - this.#startedAt, timeMs],
    ]
    for (const [limit, wanted, most] of asks) {
      const over = limit === 'invocations' ? wanted > (most ?? Infinity) : wanted >= (most ?? Infinity)
      if (!over) continue
      this.#refused ??= limit
      return { admitted: false, limit, reason: `the budget of ${most} ${UNITS[limit]} is spent` }
    }
    this.#invocations += 1
    const near = asks.find(
      ([limit, wanted, most]) => most !== null && wanted >= most * WARNING_SHARE && !this.#warned.has(limit),
    )
    if (near === undefined) return { admitted: true, warning: null }
    this.#warned.add(near[0])
    return { admitted: true, warning: `${near[1]} of ${near[2]} ${UNITS[near[0]]} are used` }
  }

  /** What to add to the command line so that the budget that was spent is twice as large; null when none was. */
  raise(): string | null {
    const limit = this.#refused
    const most = limit === null ? null : this.#limits[limit]
    if (limit === null || most === null) return null
    return limit === 'timeMs' ? `${FLAGS[limit]} ${2 * most}ms` : `${FLAGS[limit]} ${2 * most}`
  }

  /** What an attempt really used, beyond the invocation that was reserved. */
  settle(used: { readonly tokens: number; readonly usd: number }): void {
    this.#tokens += used.tokens
    this.#usd += used.usd
  }
}

const UNITS: Readonly<Record<keyof BudgetLimits, string>> = {
  invocations: 'agent invocations',
  tokens: 'tokens',
  usd: 'USD',
  timeMs: 'milliseconds',
}

const FLAGS: Readonly<Record<keyof BudgetLimits, string>> = {
  invocations: '--max-invocations',
  tokens: '--max-tokens',
  usd: '--max-usd',
  timeMs: '--max-time',
}
