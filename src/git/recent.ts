/** Values by key, the least recently used dropped once their weights pass the bound. */
export class Recent<Value> {
  readonly #values = new Map<string, { readonly value: Value; readonly weight: number }>()
  readonly #bound: number
  #weight = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  get(key: string): Value | undefined {
    const found = this.#values.get(key)
    if (found === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, found)
    return found.value
  }

  set(key: string, value: Value, weight = 1): void {
    this.delete(key)
    this.#values.set(key, { value, weight })
    this.#weight += weight
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#bound || oldest === key) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const found = this.#values.get(key)
    if (found === undefined) return
    this.#values.delete(key)
    this.#weight -= found.weight
  }
}
