import { criticalPaths } from '../domain/graph.ts'

/** How long the rest of a run may take; half of all runs like it end before `p50Ms`, nine of ten before `p90Ms`. */
export interface Forecast {
  readonly p50Ms: number
  readonly p90Ms: number
}

export interface ForecastTask {
  readonly key: string
  readonly dependsOn: readonly string[]
  readonly priority: number
  readonly left: boolean
  /** What it took from its first attempt to its landing; null while it has not landed. */
  readonly tookMs: number | null
  /** Until it may be claimed, beyond the wait of the whole run. */
  readonly waitMs: number
}

/** Fewer landed tasks say nothing about the others. */
const BASIS = 3

/**
 * From what landed tasks of this run took: no less than the longest chain that is left, and than the work shared among the
 * workers. `waitMs`: until anything may be claimed at all.
 */
export function forecast(
  tasks: readonly ForecastTask[],
  { workers, waitMs }: { readonly workers: number; readonly waitMs: number },
): Forecast | null {
  const took = tasks.flatMap(({ tookMs }) => (tookMs === null ? [] : [tookMs])).toSorted((a, b) => a - b)
  if (took.length < BASIS) return null
  const left = tasks.filter((task) => task.left)
  const ahead = (ms: number): number => {
    if (left.length === 0) return 0
    const each = left.map((task) => ({ ...task, estimateMs: ms + task.waitMs }))
    const chain = Math.max(...criticalPaths(each).values())
    return Math.round(waitMs + Math.max(chain, (left.length * ms) / Math.max(1, workers)))
  }
  return { p50Ms: ahead(quantile(took, 0.5)), p90Ms: ahead(quantile(took, 0.9)) }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
