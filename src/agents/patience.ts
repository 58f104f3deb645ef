import type { Clock } from '../runtime/clock.ts'

/** Where the provider names no time: the first wait, doubled each time. */
const FIRST_WAIT_MS = 2_000
/** The same where the client did not even try again: it does so for waits of up to a minute. */
const LONG_WAIT_MS = 60_000
/** Later than the provider said by up to so much: all who wait for it would ask at once. */
const JITTER_MS = 1_000
const JITTER_SHARE = 0.25

/** How long one attempt waits for a provider that does not serve, before it is given up for now. */
export class Patience {
  readonly #clock: Pick<Clock, 'now' | 'random'>
  readonly #mostMs: number
  #waits = 0
  /** When it was first met that the provider does not serve. */
  #since: number | null = null

  /** `mostMs`: from the first limit on, until the provider serves again. */
  constructor(clock: Pick<Clock, 'now' | 'random'>, mostMs: number) {
    this.#clock = clock
    this.#mostMs = mostMs
  }

  /** The provider has served meanwhile. */
  renew(): void {
    this.#waits = 0
    this.#since = null
  }

  /** When to ask again; null when that is too far away. `resetAt`: when the provider said that it serves again. */
  until(resetAt: number | null, wasRetried = true): number | null {
    const now = this.#clock.now()
    this.#since ??= now
    const first = wasRetried ? FIRST_WAIT_MS : LONG_WAIT_MS
    // A time that is past says nothing: asked at it, the provider did not serve.
    const plainMs = resetAt === null || resetAt <= now ? first * 2 ** this.#waits : resetAt - now
    const waitMs = plainMs + this.#clock.random() * Math.min(JITTER_MS, plainMs * JITTER_SHARE)
    if (now + waitMs - this.#since > this.#mostMs) return null
    this.#waits += 1
    return now + Math.ceil(waitMs)
  }
}
