import { freeBytes, writtenSince } from './disk-use.ts'

/** File systems take the time of the last tick of the kernel, which is this long ago at most. */
const TICK_MS = 10
/** Walking takes no more than this share of the time, unless the disk is nearly full. */
const WALKING_SHARE = 1 / 10
/** After this they are walked again, however little the disk filled up. */
const LONGEST_MS = 10_000
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

interface Walk {
  readonly free: readonly number[]
  readonly at: number
  readonly restsUntil: number
}

/**
 * Watches what is written to some directories. How full the disk is costs one question; the directories are walked where
 * it filled up by more than the limit, or nearly all of it, and is fuller than when they were walked last; and now and
 * then, since others may make room meanwhile.
 */
export function watchDisk({ paths, limitBytes }: DiskWatchOptions): DiskWatch {
  const since = Date.now() - TICK_MS
  const beginning = freeOf(paths)
  // Whoever looks is told.
  beginning.catch(() => {})
  let walked: Walk = { free: [], at: performance.now(), restsUntil: 0 }
  return {
    over: async () => {
      const [before, free] = [await beginning, await freeOf(paths)]
      const suspected = free.flatMap(
        (left, at) => suspicion({ limitBytes, before: before[at] ?? left, free: left }) ?? [],
      )
      const began = performance.now()
      const isFuller = free.some((left, at) => left < (walked.free[at] ?? Infinity))
      const isUrgent = isFuller && suspected.some((each) => each.isUrgent)
      const isDue = (isFuller && suspected.length > 0) || began - walked.at >= LONGEST_MS
      if (!isUrgent && (!isDue || began < walked.restsUntil)) return false
      const most = Math.min(limitBytes, ...suspected.map((each) => each.most))
      const written = await writtenSince(paths, { since, most })
      const at = performance.now()
      walked = { free, at, restsUntil: at + (at - began) / WALKING_SHARE }
      return written > most
    },
  }
}

/** They may lie on several disks. */
function freeOf(paths: readonly string[]): Promise<number[]> {
  return Promise.all(paths.map(freeBytes))
}

interface Suspicion {
  /** Who wrote more is ended. */
  readonly most: number
  /** The disk is nearly full: a walk does not wait for its turn. */
  readonly isUrgent: boolean
}

/** What a disk says that filled up as much; null where nothing has to be counted. */
export function suspicion(of: {
  readonly limitBytes: number
  readonly before: number
  readonly free: number
}): Suspicion | null {
  const { limitBytes, before, free } = of
  const filled = before - free
  if (free < before * RESERVE_SHARE)
    return { most: Math.min(limitBytes, filled * GUILTY_SHARE), isUrgent: true }
  return filled > limitBytes ? { most: limitBytes, isUrgent: false } : null
}
