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

/** By the place of a task. Goes from the ends of the chains to their beginnings, each task once all that need it are known. */
function lengthsOf(tasks: readonly GraphTask[]): Float64Array {
  const usualMs = usualEstimate(tasks)
  const places = new Map(tasks.map(({ key }, place) => [key, place]))
  const needs = tasks.map(({ dependsOn }) => dependsOn.flatMap((key) => places.get(key) ?? []))
  const unknown = new Int32Array(tasks.length)
  for (const before of needs) for (const place of before) unknown[place] = (unknown[place] ?? 0) + 1
  const lengths = new Float64Array(tasks.length)
  const known = [...unknown.keys()].filter((place) => unknown[place] === 0)
  for (let place = known.pop(); place !== undefined; place = known.pop()) {
    const length = (lengths[place] ?? 0) + (tasks[place]?.estimateMs ?? usualMs)
    lengths[place] = length
    for (const before of needs[place] ?? []) {
      // Until its own time is added, what is behind it.
      lengths[before] = Math.max(lengths[before] ?? 0, length)
      unknown[before] = (unknown[before] ?? 0) - 1
      if (unknown[before] === 0) known.push(before)
    }
  }
  return lengths
}

/**
 * What a task without an estimate is taken for: the mean of those that have one, since chains are sums. A fixed time would put
 * all of them before or behind the others, whatever depends on them. (A median is worse in `bench -- schedule`, even where
 * one estimate in fifty is a thousand times too long.)
 */
function usualEstimate(tasks: readonly GraphTask[]): number {
  const known = tasks.flatMap(({ estimateMs }) => (estimateMs === null ? [] : [estimateMs]))
  if (known.length === 0) return DEFAULT_ESTIMATE_MS
  return known.reduce((sum, ms) => sum + ms, 0) / known.length
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
