import type { SpendSummary } from '../store/store.ts'

export interface BudgetLimits {
  readonly invocations: number | null
  readonly tokens: number | null
  readonly usd: number | null
  /** Wall time of this process's part of the run. */
  readonly timeMs: number | null
}

type BudgetAnswer =
  | { readonly admitted: true; readonly reservation: Reservation; readonly warning: string | null }
  | { readonly admitted: false; readonly limit: keyof BudgetLimits; readonly reason: string }

/** What is set aside for an attempt in flight. */
export interface Reservation {
  readonly tokens: number
  readonly usd: number
}

const WARNING_SHARE = 0.8
/** Set aside for an attempt while none has been seen: this share of the whole budget. */
const FIRST_SHARE = 0.05

/**
 * Reserves before anything is spent: an invocation exactly, tokens and money by the largest attempt seen so far. What is
 * set aside counts until the attempt is settled.
 */
export class BudgetKeeper {
  readonly #limits: BudgetLimits
  readonly #startedAt: number
  readonly #warned = new Set<string>()
  #invocations: number
  #tokens: number
  #usd: number
  #inFlight: Reservation = { tokens: 0, usd: 0 }
  #largest: Reservation = { tokens: 0, usd: 0 }
  /** The first that did not hold another attempt. */
  #refused: { readonly limit: keyof BudgetLimits; readonly most: number; readonly at: number } | null = null

  constructor(limits: BudgetLimits, spent: SpendSummary, startedAt: number) {
    this.#limits = limits
    this.#startedAt = startedAt
    this.#invocations = spent.invocations
    this.#tokens = spent.inputTokens + spent.outputTokens
    this.#usd = spent.costUsd
  }

  /** Asks for one more invocation of an agent; an admitted one is set aside at once. */
  reserve(now: number): BudgetAnswer {
    const { invocations, tokens, usd, timeMs } = this.#limits
    const reservation = {
      tokens: Math.max(this.#largest.tokens, (tokens ?? 0) * FIRST_SHARE),
      usd: Math.max(this.#largest.usd, (usd ?? 0) * FIRST_SHARE),
    }
    const asks: readonly [keyof BudgetLimits, number, number | null][] = [
      ['invocations', this.#invocations + 1, invocations],
      ['tokens', this.#tokens + this.#inFlight.tokens + reservation.tokens, tokens],
      ['usd', this.#usd + this.#inFlight.usd + reservation.usd, usd],
      ['timeMs', now - this.#startedAt + 1, timeMs],
    ]
    for (const [limit, wanted, most] of asks) {
      if (wanted <= (most ?? Infinity)) continue
      this.#refused ??= { limit, most: most ?? 0, at: now }
      return {
        admitted: false,
        limit,
        reason: `the budget of ${most} ${UNITS[limit]} does not hold another attempt`,
      }
    }
    this.#invocations += 1
    this.#inFlight = sum(this.#inFlight, reservation)
    const near = asks.find(
      ([limit, wanted, most]) => most !== null && wanted >= most * WARNING_SHARE && !this.#warned.has(limit),
    )
    if (near === undefined) return { admitted: true, reservation, warning: null }
    this.#warned.add(near[0])
    const warning = `${Math.round(near[1] * 100) / 100} of ${near[2]} ${UNITS[near[0]]} are used or set aside`
    return { admitted: true, reservation, warning }
  }

  /** What to add to the command line for twice the budget that was spent, or twice what was used of it; null when none was. */
  raise(): string | null {
    if (this.#refused === null) return null
    const { limit, most, at } = this.#refused
    const twice = 2 * Math.max(most, this.#used(limit, at))
    if (limit === 'usd') return `${FLAGS.usd} ${Math.ceil(twice * 100) / 100}`
    return limit === 'timeMs' ? `${FLAGS.timeMs} ${twice}ms` : `${FLAGS[limit]} ${twice}`
  }

  #used(limit: keyof BudgetLimits, now: number): number {
    switch (limit) {
      case 'invocations':
        return this.#invocations
      case 'tokens':
        return this.#tokens + this.#inFlight.tokens
      case 'usd':
        return this.#usd + this.#inFlight.usd
      case 'timeMs':
        return now - this.#startedAt
    }
  }

  /** Gives back what was set aside for an attempt that never began. */
  release(reservation: Reservation): void {
    this.#invocations -= 1
    this.#inFlight = sum(this.#inFlight, { tokens: -reservation.tokens, usd: -reservation.usd })
  }

  /** Puts what an attempt really used in the place of what was set aside for it. */
  settle(reservation: Reservation, used: Reservation): void {
    this.#inFlight = sum(this.#inFlight, { tokens: -reservation.tokens, usd: -reservation.usd })
    this.#largest = {
      tokens: Math.max(this.#largest.tokens, used.tokens),
      usd: Math.max(this.#largest.usd, used.usd),
    }
    this.#tokens += used.tokens
    this.#usd += used.usd
  }
}

function sum(left: Reservation, right: Reservation): Reservation {
  return { tokens: left.tokens + right.tokens, usd: left.usd + right.usd }
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
