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

/** Above this a forecast would cost more than looking is worth. */
export const FORECAST_TASKS = 5_000
/** Fewer landed tasks say nothing about the others. */
const BASIS = 3

/** What a task of an agent that nobody knows yet takes: a guess. */
export const GUESSED_TASK = { p50Ms: 360_000, p90Ms: 900_000 }

interface ForecastBasis {
  readonly workers: number
  /** Until anything may be claimed at all. */
  readonly waitMs: number
  /** What landed tasks of other runs took, where too few of this one have landed. */
  readonly took?: readonly number[]
  /** What a task takes where that is too little as well; null, which is the default, to say nothing then. */
  readonly guess?: Forecast | null
}

/**
 * From what landed tasks of this run took: no less than the longest chain that is left, and than the work shared among the
 * workers.
 */
export function forecast(
  tasks: readonly ForecastTask[],
  { workers, waitMs, took: others = [], guess = null }: ForecastBasis,
): Forecast | null {
  const own = tasks.flatMap(({ tookMs }) => (tookMs === null ? [] : [tookMs]))
  const took = (own.length < BASIS ? [...own, ...others] : own).toSorted((a, b) => a - b)
  const each = took.length < BASIS ? guess : { p50Ms: quantile(took, 0.5), p90Ms: quantile(took, 0.9) }
  if (each === null) return null
  const left = tasks.filter((task) => task.left)
  const ahead = (ms: number): number => {
    if (left.length === 0) return 0
    const estimated = left.map((task) => ({ ...task, estimateMs: ms + task.waitMs }))
    const chain = Math.max(...criticalPaths(estimated).values())
    return Math.round(waitMs + Math.max(chain, (left.length * ms) / Math.max(1, workers)))
  }
  return { p50Ms: ahead(each.p50Ms), p90Ms: ahead(each.p90Ms) }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
