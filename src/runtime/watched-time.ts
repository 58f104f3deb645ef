export interface WatchedTime {
  /** Begins anew. */
  again(): void
  end(): void
}

/** How much may pass between two looks at what was watched. */
const SLICE_MS = 250
/** A look that comes later than this was kept from us: our process was stopped, or the machine slept. */
const LATE_MS = 250

/**
 * Calls back once something was watched for so long. Time in which our own process was stopped, and could neither read
 * what a command printed nor see it end, does not count.
 */
export function afterWatched(limitMs: number, passed: () => void): WatchedTime {
  let watchedMs = 0
  let since = performance.now()
  let timer: NodeJS.Timeout | undefined
  let unread: NodeJS.Immediate | undefined
  const watch = (): void => {
    const sliceMs = Math.min(SLICE_MS, limitMs - watchedMs)
    timer = setTimeout(() => {
      watchedMs += Math.min(performance.now() - since, sliceMs + LATE_MS)
      since = performance.now()
      // Timers come before what was printed, or ended, meanwhile: that is heard of first.
      if (watchedMs < limitMs) watch()
      else unread = setImmediate(() => (watchedMs < limitMs ? watch() : passed()))
    }, sliceMs)
  }
  watch()
  return {
    again: () => {
      watchedMs = 0
      since = performance.now()
    },
    end: () => {
      clearTimeout(timer)
      clearImmediate(unread)
    },
  }
}
