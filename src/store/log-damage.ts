import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'

/** SQLite file format, 4.1: sizes and places within the write-ahead log. */
const HEADER = 32
const FRAME_HEADER = 24
const MAGIC_LITTLE = 0x377f0682
const MAGIC_BIG = 0x377f0683

export interface LogDamage {
  readonly what: string
  /** Of which log, and where in it: what is found in the same place again was not on its way. */
  readonly place: string
}

/**
 * What is wrong with the write-ahead log of a store that nobody writes; null where nothing is. SQLite reads a log up to the
 * first frame that does not fit, and forgets the rest: right for the last commit, which a crash may have cut off, and a
 * silent loss where commits behind it had been confirmed.
 */
export function logDamage(path: string): LogDamage | null {
  const log = `${path}-wal`
  if (!existsSync(log)) return null
  const file = openSync(log, 'r')
  try {
    const readAt: ReadAt = (buffer, at) => readSync(file, buffer, 0, buffer.length, at)
    return damageOf(readAt, fstatSync(file).size)
  } finally {
    closeSync(file)
  }
}

/** Answers how many bytes there were. */
type ReadAt = (buffer: Buffer, at: number) => number

function damageOf(readAt: ReadAt, size: number): LogDamage | null {
  const header = Buffer.alloc(HEADER)
  // A log that was just begun holds nothing yet.
  if (readAt(header, 0) < HEADER || size === HEADER) return null
  const sums = headerSums(header)
  if (sums === null)
    return { what: 'the head of its write-ahead log is destroyed', place: placeOf(readAt, header, 0) }
  const salts = header.subarray(16, 24)
  const frame = Buffer.alloc(FRAME_HEADER + header.readUInt32BE(8))
  let end: number | null = null
  let commits = 0
  for (let at = HEADER; at + frame.length <= size; at += frame.length) {
    // Behind what does not fit only heads are read: nearly always they are those of an earlier log, up to the end of the file.
    const read = end === null ? frame : frame.subarray(0, FRAME_HEADER)
    if (readAt(read, at) < read.length) break
    const isOurs = frame.subarray(8, 16).equals(salts)
    if (end === null && !(isOurs && fits(frame, sums))) end = at
    if (end !== null && isOurs && frame.readUInt32BE(4) > 0) commits += 1
  }
  // One of them may be the last, which nobody was told of.
  if (end === null || commits < 2) return null
  const what = `its write-ahead log is damaged, and ${commits} commits in it cannot be read`
  return { what, place: placeOf(readAt, header, end) }
}

/** With its head as it was before and behind the reading: each log that is begun has another one. */
function placeOf(readAt: ReadAt, before: Buffer, at: number): string {
  const behind = Buffer.alloc(HEADER)
  readAt(behind, 0)
  return `${before.toString('hex')} ${behind.toString('hex')} ${at}`
}

interface Sums {
  readonly isBig: boolean
  readonly last: [number, number]
}

function headerSums(header: Buffer): Sums | null {
  const magic = header.readUInt32BE(0)
  if (magic !== MAGIC_LITTLE && magic !== MAGIC_BIG) return null
  const sums: Sums = { isBig: magic === MAGIC_BIG, last: [0, 0] }
  add(sums, header.subarray(0, HEADER - 8))
  return isTold(sums, header, HEADER - 8) ? sums : null
}

/** Each frame is summed up with all before it. */
function fits(frame: Buffer, sums: Sums): boolean {
  add(sums, frame.subarray(0, 8))
  add(sums, frame.subarray(FRAME_HEADER))
  return isTold(sums, frame, FRAME_HEADER - 8)
}

function isTold({ last }: Sums, within: Buffer, at: number): boolean {
  return within.readUInt32BE(at) === last[0] && within.readUInt32BE(at + 4) === last[1]
}

function add({ isBig, last }: Sums, bytes: Buffer): void {
  const read = isBig ? bytes.readUInt32BE.bind(bytes) : bytes.readUInt32LE.bind(bytes)
  let [one, other] = last
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + read(at) + other) >>> 0
    other = (other + read(at + 4) + one) >>> 0
  }
  last[0] = one
  last[1] = other
}
