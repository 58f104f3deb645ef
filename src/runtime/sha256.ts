/**
 * SHA-256 of a text as UTF-8, in hexadecimal digits: the same as `node:crypto` makes. To load that takes a fifth of the time in
 * which Node starts, and every command that only looks has to name the state of its repository.
 */
export function sha256(text: string): string {
  const state = INITIAL.slice()
  const blocks = padded(new TextEncoder().encode(text))
  for (let at = 0; at < blocks.byteLength; at += BLOCK) mix(state, new DataView(blocks.buffer, at, BLOCK))
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('')
}

const BLOCK = 64
const ROUNDS = 64
const LENGTH_BYTES = 8

const PRIMES = Array.from({ length: 312 }, (_, number) => number).filter(isPrime)
/** The first 32 bits of the fractions of square roots and cube roots of the first primes. */
const INITIAL = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))
const CONSTANTS = Uint32Array.from(PRIMES.slice(0, ROUNDS), (prime) => fraction(Math.cbrt(prime)))

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor += 1) if (number % divisor === 0) return false
  return number > 1
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32)
}

/** The bytes, one bit that is set, zeros, and how many bits they were, in whole blocks. */
function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = Math.ceil((bytes.length + 1 + LENGTH_BYTES) / BLOCK) * BLOCK
  const whole = new Uint8Array(size)
  whole.set(bytes)
  whole[bytes.length] = 0x80
  new DataView(whole.buffer).setBigUint64(size - LENGTH_BYTES, BigInt(bytes.length) * 8n)
  return whole
}

function mix(state: Uint32Array, block: DataView): void {
  const words = scheduleOf(block)
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let round = 0; round < ROUNDS; round += 1) {
    const choice = (e & f) ^ (~e & g)
    const sum = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    const first = (h + sum + choice + (CONSTANTS[round] ?? 0) + (words[round] ?? 0)) | 0
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const second = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + majority) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] ?? 0) + word
}

function scheduleOf(block: DataView): Uint32Array {
  const words = new Uint32Array(ROUNDS)
  for (let index = 0; index < ROUNDS; index += 1) {
    const word = (back: number): number => words[index - back] ?? 0
    const near = rotated(word(2), 17) ^ rotated(word(2), 19) ^ (word(2) >>> 10)
    const far = rotated(word(15), 7) ^ rotated(word(15), 18) ^ (word(15) >>> 3)
    words[index] = index < 16 ? block.getUint32(index * 4) : word(16) + far + word(7) + near
  }
  return words
}

function rotated(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}
