/** Lines or messages of one attempt. */
export const MOST_WAITING = 10_000

/** What is told faster than it is heard; beyond `most` the oldest go, so that a flooding agent cannot fill our memory. */
export class WaitingRoom<T> {
  readonly #most: number
  readonly #waiting: T[] = []
  #closed: { readonly failure: unknown } | null = null
  #wake: () => void = () => undefined

  constructor(most: number) {
    this.#most = most
  }

  enter(item: T): void {
    this.#waiting.push(item)
    if (this.#waiting.length > this.#most) this.#waiting.shift()
    this.#wake()
  }

  /** Nothing more comes; who listens hears the rest, and then the failure if there was one. */
  close(failure: unknown = null): void {
    this.#closed ??= { failure }
    this.#wake()
  }

  /** For one listener: what waits and what comes, until it is closed. */
  async *leave(): AsyncGenerator<T, void> {
    for (;;) {
      const item = this.#waiting.shift()
      if (item !== undefined) yield item
      else if (this.#closed === null) await this.#next()
      else if (this.#closed.failure === null) return
      else throw this.#closed.failure
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
