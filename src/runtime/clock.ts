/** Time, waiting and chance come in by this interface, so that the same engine runs under a virtual clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds that never go backwards; for durations. */
  monotonic(): number
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** A random number in [0, 1). */
  random(): number
  /** A random id of lower-case letters and digits. */
  id(length?: number): string
}

const ALPHABET = '0123456789abcdefghijkmnpqrstuvwxyz'

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    }),
  random: () => Math.random(),
  id: (length = 12) => Array.from(randomBytes(length), (byte) => ALPHABET[byte % ALPHABET.length]).join(''),
}

/** Loaded when the first id is made: commands that only look make none, and to load it takes a fifth of the start of Node. */
function randomBytes(length: number): Uint8Array {
  return process.getBuiltinModule('node:crypto').randomBytes(length)
}
