import { freeBytes, writtenSince } from './disk-use.ts'

/** Walking takes no more than this share of the time. */
const WALKING_SHARE = 1 / 10
/** Below this share of what was free when the watch began, the disk counts as nearly full. */
const RESERVE_SHARE = 1 / 10
/** Who wrote this share of what filled a disk that is nearly full is ended, whatever the limit says. */
const GUILTY_SHARE = 1 / 3

interface DiskWatch {
  /** Whether more was written than allowed since the watch began, or so much that the disk is nearly full. */
  over(): Promise<boolean>
}

interface DiskWatchOptions {
  /** None of them in another. */
  readonly paths: readonly string[]
  readonly limitBytes: number
}

/**
 * Watches what is written to some directories. How full the disk is costs one question; the directories are walked only
 * where it filled up by more than the limit, or nearly all of it.
 */
export function watchDisk({ paths, limitBytes }: DiskWatchOptions): DiskWatch {
  const since = Date.now()
  const beginning = freeOf(paths)
  // Whoever looks is told.
  beginning.catch(() => {})
  let restsUntil = 0
  return {
    over: async () => {
      const [before, free] = [await beginning, await freeOf(paths)]
      const counted = free.flatMap(
        (left, at) => mostWritten({ limitBytes, before: before[at] ?? left, free: left }) ?? [],
      )
      if (counted.length === 0) return false
      const most = Math.min(...counted)
      const began = performance.now()
      // A walk over many files that found nothing is not repeated at once, unless the disk is nearly full.
      if (most === limitBytes && began < restsUntil) return false
      const written = await writtenSince(paths, { since, most })
      const ended = performance.now()
      restsUntil = ended + (ended - began) / WALKING_SHARE
      return written > most
    },
  }
}

/** They may lie on several disks. */
function freeOf(paths: readonly string[]): Promise<number[]> {
  return Promise.all(paths.map(freeBytes))
}

/** What may have been written, as full as the disk is; null where nothing has to be counted. */
export function mostWritten(of: {
  readonly limitBytes: number
  readonly before: number
  readonly free: number
}): number | null {
  const { limitBytes, before, free } = of
  const filled = before - free
  if (free < before * RESERVE_SHARE) return Math.min(limitBytes, filled * GUILTY_SHARE)
  // What many names share, or what only changed its owner, fills nothing.
  return filled > limitBytes ? limitBytes : null
}
