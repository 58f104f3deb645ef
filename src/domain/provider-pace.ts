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
