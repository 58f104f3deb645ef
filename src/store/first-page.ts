import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'

/** Of the head of a database (SQLite file format, 1.3). */
const WRITE_VERSION = 18
const READ_VERSION = 19
const SIZE_AND_FREE_PAGES = [28, 40] as const
const WITH_LOG = 2
const WITHOUT_LOG = 1

/**
 * Puts the first bytes of another database in the place of those of a damaged one. Stores begin alike: what was made by one
 * schema has its tables on the same pages.
 */
export function giveFirstPage(
  damaged: string,
  { from, bytes, hasLog }: { readonly from: string; readonly bytes: number; readonly hasLog: boolean },
): void {
  const head = Buffer.alloc(bytes)
  const donor = openSync(from, 'r')
  const file = openSync(damaged, 'r+')
  try {
    readSync(donor, head, 0, bytes, 0)
    // Zeros: as large as the file, and no page is free.
    head.fill(0, ...SIZE_AND_FREE_PAGES)
    head[WRITE_VERSION] = head[READ_VERSION] = hasLog ? WITH_LOG : WITHOUT_LOG
    writeSync(file, head, 0, bytes, 0)
  } finally {
    closeSync(donor)
    closeSync(file)
  }
}

/** Of all stores: SQLite's own choice. */
export const PAGE_BYTES = 4_096

/** Puts whole pages of another database in the place of those of a damaged one, by their numbers from 1. */
export function givePages(
  damaged: string,
  { from, pages }: { readonly from: string; readonly pages: readonly number[] },
): void {
  const donor = openSync(from, 'r')
  const file = openSync(damaged, 'r+')
  try {
    const page = Buffer.alloc(PAGE_BYTES)
    for (const at of pages.map((number) => (number - 1) * PAGE_BYTES)) {
      readSync(donor, page, 0, PAGE_BYTES, at)
      writeSync(file, page, 0, PAGE_BYTES, at)
    }
  } finally {
    closeSync(donor)
    closeSync(file)
  }
}

const PAGE_SIZE = 16
const PAGES = 28
/** What says more is no size, but damage. */
const LARGEST_BYTES = 2 ** 40

/** Gives a database that was cut off the size that its head tells: SQLite refuses the whole of a shorter one. */
export function giveWholeSize(path: string): void {
  const head = Buffer.alloc(100)
  const file = openSync(path, 'r+')
  try {
    readSync(file, head)
    const bytes = head.readUInt16BE(PAGE_SIZE) * head.readUInt32BE(PAGES)
    if (fstatSync(file).size < bytes && bytes < LARGEST_BYTES) ftruncateSync(file, bytes)
  } finally {
    closeSync(file)
  }
}

const PART = 1024 * 1024

/** The bytes of a file in parts; none where there is no such file. */
export function* bytesOf(path: string): Generator<Buffer> {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const part = Buffer.alloc(PART)
      const read = readSync(file, part)
      if (read === 0) return
      yield part.subarray(0, read)
    }
  } finally {
    closeSync(file)
  }
}
