/** Waits between infrastructure retries: 1 s doubling, at most 5 minutes (design section 3). */
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 300_000

/** @param losses infrastructure losses in a row, this one included (1 or more) */
export function retryDelayMs(losses: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(losses - 1, 30))
}
