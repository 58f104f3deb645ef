import { longestChains } from './longest-chains.ts'

/** A task as far as order matters. */
export interface GraphTask {
  readonly key: string
  readonly dependsOn: readonly string[]
  readonly estimateMs: number | null
  readonly priority: number
}

/** Taken for every task of a plan in which none is estimated. */
const DEFAULT_ESTIMATE_MS = 300_000

/** For each task, the estimated time from its start to the end of the longest chain that depends on it. */
export function criticalPaths(tasks: readonly GraphTask[]): Map<string, number> {
  const lengths = lengthsOf(tasks)
  return new Map(tasks.map(({ key }, at) => [key, lengths[at] ?? 0]))
}

/** Claiming order: higher priority first, then the longest remaining critical path, then the plan's order. */
export function claimOrder(tasks: readonly GraphTask[]): string[] {
  const lengths = lengthsOf(tasks)
  const ranked = tasks.map(({ key, priority }, place) => ({ key, priority, place, ms: lengths[place] ?? 0 }))
  ranked.sort(
    (left, right) => right.priority - left.priority || right.ms - left.ms || left.place - right.place,
  )
  return ranked.map(({ key }) => key)
}

/** By the place of a task. */
function lengthsOf(tasks: readonly GraphTask[]): Float64Array {
  const places = new Map(tasks.map(({ key }, place) => [key, place]))
  const edges = tasks.flatMap(({ dependsOn }, to) =>
    dependsOn.flatMap((key) => {
      const from = places.get(key)
      return from === undefined ? [] : [{ from, to }]
    }),
  )
  const estimates = Float64Array.from(tasks, ({ estimateMs }) => estimateMs ?? Number.NaN)
  return longestChains(withUsualEstimates(estimates), {
    from: Int32Array.from(edges, ({ from }) => from),
    to: Int32Array.from(edges, ({ to }) => to),
  })
}

/**
 * Fills in what a task without an estimate (NaN) is taken for: the mean of those that have one, since chains are sums. A fixed time would put
 * all of them before or behind the others, whatever depends on them. (A median is worse in `bench -- schedule`, even where
 * one estimate in fifty is a thousand times too long.)
 */
export function withUsualEstimates(estimates: Float64Array): Float64Array<ArrayBuffer> {
  let [sum, count] = [0, 0]
  for (const ms of estimates) {
    if (Number.isNaN(ms)) continue
    sum += ms
    count += 1
  }
  const usualMs = count === 0 ? DEFAULT_ESTIMATE_MS : sum / count
  return estimates.map((ms) => (Number.isNaN(ms) ? usualMs : ms))
}

/** For each key that tasks depend on, the tasks that do. */
export function dependantsOf(tasks: readonly Pick<GraphTask, 'key' | 'dependsOn'>[]): Map<string, string[]> {
  const dependants = new Map<string, string[]>()
  for (const { key, dependsOn } of tasks) {
    for (const dependency of dependsOn) {
      const list = dependants.get(dependency)
      if (list === undefined) dependants.set(dependency, [key])
      else list.push(key)
    }
  }
  return dependants
}
