/** Bytes that came in pieces and are taken in other pieces, without copying more than once. */
export class ByteQueue {
  #chunks: Buffer[] = []
  #length = 0

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** Exactly `count` bytes, or null until so many are there. */
  take(count: number): Buffer | null {
    if (this.#length < count) return null
    const whole = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    const rest = whole.subarray(count)
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#length = rest.length
    return whole.subarray(0, count)
  }

  /** A line without its line feed, or null until a whole one is there. */
  takeLine(): string | null {
    let before = 0
    for (const chunk of this.#chunks) {
      const at = chunk.indexOf(0x0a)
      if (at >= 0) {
        const line = this.take(before + at + 1)
        return line === null ? null : line.toString('utf8', 0, line.length - 1)
      }
      before += chunk.length
    }
    return null
  }
}
