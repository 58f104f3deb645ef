/**
 * A bounded number of places with a waiting line in order of importance: a lower rank goes first, equal ranks in order
 * of arrival. Keeps one kind of work from drowning another.
 */
export class Bulkhead {
  readonly #places: number
  #taken = 0
  #exclusive = false
  readonly #waiting: Waiting[] = []

  constructor(places: number) {
    if (!Number.isInteger(places) || places < 1)
      throw new RangeError(`a bulkhead needs at least one place, not ${places}`)
    this.#places = places
  }

  get inUse(): number {
    return this.#taken
  }

  /** Runs `use` in a place; `exclusive` waits until no other place is taken and keeps the others out meanwhile. */
  async within<T>(
    options: { readonly rank: number; readonly exclusive?: boolean; readonly signal?: AbortSignal },
    use: () => Promise<T>,
  ): Promise<T> {
    const exclusive = options.exclusive ?? false
    await this.#enter(options.rank, exclusive, options.signal)
    try {
      return await use()
    } finally {
      this.#taken -= 1
      if (exclusive) this.#exclusive = false
      this.#admit()
    }
  }

  #enter(rank: number, exclusive: boolean, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const at = this.#waiting.indexOf(waiting)
        if (at === -1) return
        this.#waiting.splice(at, 1)
        reject(
          signal?.reason instanceof Error ? signal.reason : new Error('aborted while waiting for a place'),
        )
        this.#admit()
      }
      const waiting: Waiting = {
        rank,
        exclusive,
        enter: () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      const after = this.#waiting.findIndex((other) => other.rank > rank)
      this.#waiting.splice(after === -1 ? this.#waiting.length : after, 0, waiting)
      signal?.addEventListener('abort', leave, { once: true })
      if (signal?.aborted === true) leave()
      else this.#admit()
    })
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const free = next.exclusive ? this.#taken === 0 : this.#taken < this.#places && !this.#exclusive
      if (!free) return
      this.#waiting.shift()
      this.#taken += 1
      if (next.exclusive) this.#exclusive = true
      next.enter()
    }
  }
}

interface Waiting {
  readonly rank: number
  readonly exclusive: boolean
  readonly enter: () => void
}
