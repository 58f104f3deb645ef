import type { Clock } from '../runtime/clock.ts'

/** Where the provider names no time: the first wait, doubled each time. */
const FIRST_WAIT_MS = 2_000
/** Later than the provider said by up to so much: all who wait for it would ask at once. */
const JITTER_MS = 1_000
const JITTER_SHARE = 0.25

/** How long one attempt waits for a provider that does not serve, before it is given up for now. */
export class Patience {
  readonly #clock: Pick<Clock, 'now' | 'random'>
  readonly #mostMs: number
  #waits = 0
  #waitedMs = 0

  /** `mostMs`: of all its waits together. */
  constructor(clock: Pick<Clock, 'now' | 'random'>, mostMs: number) {
    this.#clock = clock
    this.#mostMs = mostMs
  }

  /** When to ask again; null when that is too far away. `resetAt`: when the provider said that it serves again. */
  until(resetAt: number | null): number | null {
    const now = this.#clock.now()
    const plainMs = resetAt === null ? FIRST_WAIT_MS * 2 ** this.#waits : Math.max(0, resetAt - now)
    const waitMs = plainMs + this.#clock.random() * Math.min(JITTER_MS, Math.max(100, plainMs * JITTER_SHARE))
    if (this.#waitedMs + waitMs > this.#mostMs) return null
    this.#waits += 1
    this.#waitedMs += waitMs
    return now + Math.ceil(waitMs)
  }
}
