/** Things that were started, released in reverse order, once. */
export class Scope implements AsyncDisposable {
  readonly #releases: { readonly name: string; readonly release: () => Promise<void> | void }[] = []
  #released: Promise<void> | null = null

  /** Registers what must happen when the scope ends. */
  add(name: string, release: () => Promise<void> | void): void {
    if (this.#released !== null) throw new Error(`the scope has ended; ${name} cannot be added`)
    this.#releases.push({ name, release })
  }

  /** Hands everything to a new scope and leaves this one empty: what was opened outlives the function that opened it. */
  move(): Scope {
    const moved = new Scope()
    moved.#releases.push(...this.#releases.splice(0))
    return moved
  }

  /** Releases everything, last first. A second call waits for the first. One failing release does not stop the others. */
  release(): Promise<void> {
    this.#released ??= this.#releaseAll()
    return this.#released
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  async #releaseAll(): Promise<void> {
    const failures: unknown[] = []
    for (const { name, release } of this.#releases.toReversed()) {
      try {
        await release()
      } catch (cause) {
        failures.push(new Error(`releasing ${name} failed`, { cause }))
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some parts could not be released')
  }
}
