/** How many agents may ask their provider at the same time, and from when on. */
export interface Pace {
  /** Milliseconds since the epoch; nobody asks before. */
  readonly until: number
  readonly atOnce: number
}

/** No provider stops to serve for longer: what says so is in another unit, or nonsense. */
export const LONGEST_LIMIT_MS = 8 * 24 * 3_600_000

/** What is waited at least after a limit whose end nobody knows. */
const LEAST_WAIT_MS = 1_000

/**
 * The provider does not serve: nobody asks before `until`, and then half as many as asked when it said so
 * (multiplicative decrease). Several who asked at once and hear the same do not halve it again and again.
 */
export function limited(
  pace: Pace,
  limit: { readonly until: number; readonly asking: number; readonly now: number },
): Pace {
  const { until, asking, now } = limit
  const isNews = pace.until <= now
  return {
    until: Math.max(pace.until, until, now + LEAST_WAIT_MS),
    atOnce: isNews ? Math.max(1, Math.floor(Math.min(asking, pace.atOnce) / 2)) : pace.atOnce,
  }
}

/** An agent came to its end without a limit: one more may ask (additive increase). */
export function served(pace: Pace, most: number): Pace {
  return { ...pace, atOnce: Math.min(most, pace.atOnce + 1) }
}

/** Waited for where a provider names no time: the first time, and then twice as long each time. */
const FIRST_WAIT_MS = 60_000
const LONGEST_UNNAMED_MS = 8 * FIRST_WAIT_MS
const JITTER = 0.25

/** When a task whose attempt met a limit is tried again, and until when others should not ask; pure. */
export function afterLimit(
  /** When the provider said that it serves again; null where it named no time. */
  resetAt: number | null,
  /** `before`: limits in a row that the task met before this one. `chance`: within [0, 1). */
  { before, now, chance }: { readonly before: number; readonly now: number; readonly chance: number },
): { readonly retryAt: number; readonly othersAt: number } {
  if (resetAt !== null) {
    const at = Math.ceil(Math.min(resetAt, now + LONGEST_LIMIT_MS))
    return { retryAt: at, othersAt: at }
  }
  const waitMs = Math.min(LONGEST_UNNAMED_MS, FIRST_WAIT_MS * 2 ** Math.min(before, 10))
  // What one agent says without a time holds up others no longer than the first time.
  return {
    retryAt: now + Math.ceil(waitMs * (1 + JITTER * chance)),
    othersAt: now + FIRST_WAIT_MS,
  }
}
