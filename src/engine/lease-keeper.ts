import type { Clock } from '../runtime/clock.ts'
import { renewAfterMs } from '../domain/lease.ts'
import type { Claim, Store } from '../store/store.ts'
import type { Wake } from './wake.ts'

/**
 * Renews the claims of all workers together, tells a worker at once when its claim is lost, and makes claimable again
 * what nobody renews.
 */
export class LeaseKeeper {
  readonly #run: string
  readonly #store: Store
  readonly #wake: Wake
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #report: (thrown: unknown) => void
  readonly #held = new Map<Claim, AbortController>()
  readonly #stopped = new AbortController()
  #loop: Promise<void> | null = null

  constructor(parts: {
    readonly run: string
    readonly store: Store
    readonly wake: Wake
    readonly clock: Clock
    readonly leaseMs: number
    /** Told of a renewal that failed; the next one is tried all the same. */
    readonly report: (thrown: unknown) => void
  }) {
    this.#run = parts.run
    this.#store = parts.store
    this.#wake = parts.wake
    this.#clock = parts.clock
    this.#leaseMs = parts.leaseMs
    this.#report = parts.report
  }

  start(): void {
    this.#loop ??= this.#renewWhileRunning()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#loop
  }

  /** Keeps a claim alive while `work` runs; its signal aborts when the claim is lost or `parent` aborts. */
  async hold<T>(claim: Claim, parent: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lost = new AbortController()
    this.#held.set(claim, lost)
    try {
      return await work(AbortSignal.any([parent, lost.signal]))
    } finally {
      this.#held.delete(claim)
    }
  }

  async #renewWhileRunning(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#clock.sleep(renewAfterMs(this.#leaseMs), this.#stopped.signal)
      if (this.#stopped.signal.aborted) return
      // In this order: what is held here may have run out while this machine slept. By one time: a clock that is set on
      // between the two would find expired what was just renewed.
      const now = this.#clock.now()
      await this.renew(now)
        .then(() => this.#rescueExpired(now))
        .catch(this.#report)
    }
  }

  async #rescueExpired(now: number): Promise<void> {
    const rescued = await this.#store.rescue(this.#run, now)
    if (rescued.length > 0) this.#wake.ring()
  }

  /** Renews now: whoever's claim was taken away meanwhile is told. */
  async renew(now = this.#clock.now()): Promise<void> {
    if (this.#held.size === 0) return
    const lost = await this.#store.renewClaims([...this.#held.keys()], this.#leaseMs, now)
    for (const claim of lost) {
      const held = [...this.#held].find(
        ([mine]) => mine.task.definition.key === claim.task.definition.key && mine.token === claim.token,
      )
      held?.[1].abort(new LeaseLost(claim.task.definition.key))
    }
  }
}

/** Somebody else has the task, or a person cancelled it: whatever this worker still does counts for nothing. */
export class LeaseLost extends Error {
  constructor(task: string) {
    super(`the claim of ${task} is lost`)
    this.name = 'LeaseLost'
  }
}
