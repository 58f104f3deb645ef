export type OutputStream = 'stdout' | 'stderr'

/**
 * Keeps the head and the tail of what a command prints, in bounded memory (at most about three times the limit).
 * What lies between is counted, dropped, and replaced by one line that says so.
 */
export class OutputKeeper {
  readonly #limitBytes: number
  readonly #streams: Record<OutputStream, KeptStream>

  constructor(limitBytes: number) {
    this.#limitBytes = Math.max(0, Math.floor(limitBytes))
    this.#streams = { stdout: new KeptStream(this.#limitBytes), stderr: new KeptStream(this.#limitBytes) }
  }

  add(stream: OutputStream, chunk: Buffer): void {
    this.#streams[stream].add(chunk)
  }

  /** Bytes that were printed, kept or not. */
  get totalBytes(): number {
    return this.#streams.stdout.totalBytes + this.#streams.stderr.totalBytes
  }

  /** Both streams together hold at most the limit, plus one line each where something was left out. */
  finish(): { stdout: Buffer; stderr: Buffer; truncated: boolean } {
    const { stdout, stderr } = this.#streams
    const shares = shareOut(this.#limitBytes, stdout.totalBytes, stderr.totalBytes)
    return {
      stdout: stdout.take(shares.first),
      stderr: stderr.take(shares.second),
      truncated: this.totalBytes > this.#limitBytes,
    }
  }
}

/** Each gets at least half; what one does not need goes to the other. */
function shareOut(limit: number, first: number, second: number): { first: number; second: number } {
  const half = Math.floor(limit / 2)
  const forSecond = Math.min(second, Math.max(half, limit - first))
  return { first: Math.min(first, limit - forSecond), second: forSecond }
}

class KeptStream {
  readonly #headLimit: number
  readonly #tailLimit: number
  readonly #head = new GrowingBuffer()
  readonly #tail = new GrowingBuffer()
  totalBytes = 0

  constructor(limitBytes: number) {
    this.#tailLimit = Math.floor(limitBytes / 2)
    this.#headLimit = limitBytes - this.#tailLimit
  }

  add(chunk: Buffer): void {
    this.totalBytes += chunk.length
    const room = this.#headLimit - this.#head.length
    if (room > 0) this.#head.append(chunk.subarray(0, room))
    if (chunk.length <= room) return
    const rest = chunk.subarray(Math.max(0, room))
    this.#tail.append(rest.subarray(Math.max(0, rest.length - this.#tailLimit)))
    if (this.#tail.length > 2 * this.#tailLimit) this.#tail.keepLast(this.#tailLimit)
  }

  take(shareBytes: number): Buffer {
    const head = this.#head.view()
    const tail = this.#tail.view()
    if (this.totalBytes <= shareBytes) return Buffer.concat([head, tail])
    const tailBytes = Math.floor(shareBytes / 2)
    const kept = Buffer.concat([head, tail])
    const note = Buffer.from(`\n[... ${this.totalBytes - shareBytes} bytes left out ...]\n`)
    return Buffer.concat([
      kept.subarray(0, shareBytes - tailBytes),
      note,
      kept.subarray(kept.length - tailBytes),
    ])
  }
}

class GrowingBuffer {
  #bytes = Buffer.alloc(0)
  length = 0

  append(chunk: Buffer): void {
    const needed = this.length + chunk.length
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, 4096))
      this.#bytes.copy(larger, 0, 0, this.length)
      this.#bytes = larger
    }
    chunk.copy(this.#bytes, this.length)
    this.length = needed
  }

  keepLast(count: number): void {
    this.#bytes.copyWithin(0, this.length - count, this.length)
    this.length = count
  }

  view(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }
}
