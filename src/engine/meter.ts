import type { Clock } from '../runtime/clock.ts'

type Activity = 'agent' | 'verify' | 'wait'

interface MeterTotals {
  readonly agentMs: number
  readonly verifyMs: number
  readonly waitMs: number
  /** All other time since the meter began: the engine's own share. */
  readonly engineMs: number
}

/**
 * Splits the time in which a worker holds a task. Each moment counts once: for the agent if one works, else for a
 * command under verification, else for a wait, else for the engine itself.
 */
export class Meter {
  readonly #clock: Clock
  readonly #spent = { agent: 0, verify: 0, wait: 0, engine: 0 }
  readonly #running = { agent: 0, verify: 0, wait: 0 }
  #since: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.monotonic()
  }

  async during<T>(activity: Activity, work: () => Promise<T>): Promise<T> {
    const end = this.begin(activity)
    try {
      return await work()
    } finally {
      end()
    }
  }

  /** Starts an activity; the function that is returned ends it, once. */
  begin(activity: Activity): () => void {
    this.#settle()
    this.#running[activity] += 1
    let ended = false
    return () => {
      if (ended) return
      ended = true
      this.#settle()
      this.#running[activity] -= 1
    }
  }

  totals(): MeterTotals {
    this.#settle()
    const { agent, verify, wait, engine } = this.#spent
    return {
      agentMs: Math.round(agent),
      verifyMs: Math.round(verify),
      waitMs: Math.round(wait),
      engineMs: Math.round(engine),
    }
  }

  #settle(): void {
    const now = this.#clock.monotonic()
    const { agent, verify, wait } = this.#running
    const share = agent > 0 ? 'agent' : verify > 0 ? 'verify' : wait > 0 ? 'wait' : 'engine'
    this.#spent[share] += now - this.#since
    this.#since = now
  }
}
