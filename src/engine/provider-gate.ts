import { LONGEST_LIMIT_MS, type Pace, limited, served } from '../domain/provider-pace.ts'
import { untilText } from '../domain/wording.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Store } from '../store/store.ts'
import { Wake, waitFor } from './wake.ts'

/** The provider serves again so late that the worker should not wait for it. */
export class ProviderHeld extends Error {
  readonly until: number

  constructor(until: number, now: number) {
    super(`the provider does not serve before ${untilText(until, now)}`)
    this.name = 'ProviderHeld'
    this.until = until
  }
}

/** The right of one agent to ask its provider. */
export interface ProviderTurn {
  /** It asks nothing for a while, and lets others ask; `again` takes it up. */
  rest(): void
  /** It has waited for its provider, and asks again when it is its turn. Throws as `enter` does. */
  again(signal: AbortSignal): Promise<void>
  /** It has ended: whether the provider served it. May be called twice. */
  leave(served: boolean): void
}

interface GateOptions {
  readonly run: string
  readonly store: Store
  readonly clock: Clock
  /** Workers of the run: as many may ask at once where nothing is limited. */
  readonly most: number
  /** The longest that a worker waits with its task in hand. */
  readonly longestWaitMs: number
}

/** Lets no attempt of a run begin to ask a provider that has said that it does not serve, whoever of them it said it to. */
export class ProviderGate {
  readonly #options: GateOptions
  readonly #wake = new Wake()
  #pace: Pace
  /** When the wait for it is over by the clock that nobody sets: asked too early, the provider says so again. */
  #untilMonotonic = 0
  #asking = 0

  /**
   * Opens it as the run left it. Where a limit was met that is not over, one agent asks, and all others wait for what it
   * hears: who resumes a run may have another key by now.
   */
  static async open(options: GateOptions): Promise<ProviderGate> {
    const { store, run, clock, most } = options
    const told = await store.events({ after: 0, limit: MOST_LIMITS, run, kind: 'provider_limited' })
    const isLimited = told.some(({ data }) => Number(data['until']) > clock.now())
    return new ProviderGate(options, { until: 0, atOnce: isLimited ? 1 : most })
  }

  private constructor(options: GateOptions, pace: Pace) {
    this.#options = options
    this.#pace = pace
  }

  /** Nobody of the run asks before. Milliseconds since the epoch. */
  get until(): number {
    return this.#pace.until
  }

  /** Waits for its turn. Throws ProviderHeld, also where the signal ends the wait. */
  async enter(signal: AbortSignal): Promise<ProviderTurn> {
    await this.#wait(signal)
    let asks = true
    const rest = (): void => {
      if (!asks) return
      asks = false
      this.#asking -= 1
      this.#wake.ring()
    }
    return {
      rest,
      again: async (stop) => {
        rest()
        await this.#wait(stop)
        asks = true
      },
      leave: (hasServed) => {
        if (asks && hasServed) this.#pace = served(this.#pace, this.#options.most)
        rest()
      },
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { clock, longestWaitMs } = this.#options
    for (;;) {
      const ticket = this.#wake.ticket()
      const now = clock.now()
      const { atOnce } = this.#pace
      const until = this.#untilNow(now)
      if (until <= now && this.#asking < atOnce) break
      if (until - now > longestWaitMs || signal.aborted) throw new ProviderHeld(Math.max(until, now), now)
      await waitFor(ticket, { clock, ms: until <= now ? TURN_MS : until - now, signal })
    }
    this.#asking += 1
  }

  /** A clock that was set back makes no wait longer. */
  #untilNow(now: number): number {
    const left = Math.max(0, this.#untilMonotonic - this.#options.clock.monotonic())
    return Math.min(this.#pace.until, now + left)
  }

  /** The provider has told an agent that it does not serve before `until`. */
  async limit(cause: string, until: number): Promise<void> {
    const { store, clock, run } = this.#options
    const now = clock.now()
    const before = { ...this.#pace, until: this.#untilNow(now) }
    this.#pace = limited(before, {
      until: Math.min(until, now + LONGEST_LIMIT_MS),
      asking: this.#asking,
      now,
    })
    this.#untilMonotonic = clock.monotonic() + this.#pace.until - now
    const data = { cause, until: this.#pace.until, atOnce: this.#pace.atOnce }
    if (data.until < before.until + WORTH_TELLING_MS && before.until > now) return
    await store.append([{ run, kind: 'provider_limited', task: null, attempt: null, data }], now)
  }
}

const MOST_LIMITS = 100_000
/** A worker looks again whether it is its turn: a safety net, since every end rings. */
const TURN_MS = 5_000
const WORTH_TELLING_MS = 1_000
