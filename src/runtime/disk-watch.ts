import { freeBytes, writtenSince } from './disk-use.ts'

/** Nothing is walked more often than this share of the time. */
const WALKING_SHARE = 1 / 10
/** However little the disk fills up, others may make room meanwhile: walked again after this. */
const LONGEST_MS = 10_000

interface DiskWatch {
  /** Whether more was written than allowed, since the watch began. */
  over(): Promise<boolean>
}

interface DiskWatchOptions {
  /** None of them in another. */
  readonly paths: readonly [string, ...string[]]
  readonly limitBytes: number
}

interface Look {
  readonly written: number
  readonly free: number
  readonly at: number
  readonly tookMs: number
}

/**
 * Watches what is written to some directories. How full the disk is costs one question; the directories themselves are
 * walked only where it filled up by as much as is left to be written, and now and then.
 */
export function watchDisk({ paths, limitBytes }: DiskWatchOptions): DiskWatch {
  const [first] = paths
  const since = Date.now()
  let last = freeBytes(first).then((free): Look => ({ written: 0, free, at: performance.now(), tookMs: 0 }))
  // Whoever looks is told.
  last.catch(() => {})
  const walk = async (free: number): Promise<Look> => {
    const began = performance.now()
    const written = await writtenSince(paths, { since, most: limitBytes })
    const at = performance.now()
    return { written, free, at, tookMs: at - began }
  }
  return {
    over: async () => {
      const seen = await last
      const free = await freeBytes(first)
      if (!isDue(seen, { filled: seen.free - free, left: limitBytes - seen.written })) return false
      last = walk(free)
      return (await last).written > limitBytes
    },
  }
}

function isDue(
  { at, tookMs }: Look,
  { filled, left }: { readonly filled: number; readonly left: number },
): boolean {
  const passedMs = performance.now() - at
  if (passedMs < tookMs / WALKING_SHARE) return false
  return filled >= left || passedMs >= LONGEST_MS
}
