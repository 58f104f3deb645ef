/** Of one place. */
const MOST_REPLACEMENTS = 3

/** Who works in each place of a pool, one after the other: a sick one is replaced, a few times. */
export function workerPlaces(workers: number): readonly (readonly string[])[] {
  return Array.from({ length: workers }, (_place, index) =>
    Array.from({ length: MOST_REPLACEMENTS + 1 }, (_turn, turn) => `worker_${index + 1 + turn * workers}`),
  )
}
