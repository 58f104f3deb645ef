import type { Usage } from '../agents/agent.ts'
import type { Clock } from '../runtime/clock.ts'

interface KeeperOptions {
  readonly record: (usage: Usage) => Promise<unknown>
  readonly clock: Pick<Clock, 'sleep'>
  readonly everyMs: number
}

/** Stores what an attempt has used while it streams: soon, the last of it too, and not more often than it has to. */
export class UsageKeeper {
  readonly #options: KeeperOptions
  readonly #ended = new AbortController()
  #latest: Usage | null = null
  #writing: Promise<void> | null = null

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  tell(usage: Usage): void {
    this.#latest = usage
    this.#writing ??= this.#write()
    // Whoever ends it is told.
    this.#writing.catch(() => {})
  }

  /** Resolves once nothing of it writes any more; rejects where something could not be stored. */
  async end(): Promise<void> {
    this.#ended.abort()
    await this.#writing
  }

  async #write(): Promise<void> {
    const { record, clock, everyMs } = this.#options
    for (let usage = this.#latest; usage !== null; usage = this.#latest) {
      this.#latest = null
      await record(usage)
      await clock.sleep(everyMs, this.#ended.signal)
    }
    this.#writing = null
  }
}
