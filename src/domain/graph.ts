/** A task as far as order matters. */
export interface GraphTask {
  readonly key: string
  readonly dependsOn: readonly string[]
  readonly estimateMs: number | null
  readonly priority: number
}

/** Taken for a task without an estimate. */
export const DEFAULT_ESTIMATE_MS = 300_000

/** For each task, the estimated time from its start to the end of the longest chain that depends on it. */
export function criticalPaths(tasks: readonly GraphTask[]): Map<string, number> {
  const dependants = dependantsOf(tasks)
  const remaining = new Map<string, number>()
  const byKey = new Map(tasks.map((task) => [task.key, task]))
  for (const task of tasks) remaining.set(task.key, dependants.get(task.key)?.length ?? 0)
  const lengths = new Map<string, number>()
  const ready = tasks.filter((task) => remaining.get(task.key) === 0).map((task) => task.key)
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    const task = byKey.get(key) as GraphTask
    const behind = (dependants.get(key) ?? []).reduce(
      (most, next) => Math.max(most, lengths.get(next) ?? 0),
      0,
    )
    lengths.set(key, behind + (task.estimateMs ?? DEFAULT_ESTIMATE_MS))
    for (const dependency of task.dependsOn) {
      const left = (remaining.get(dependency) ?? 0) - 1
      remaining.set(dependency, left)
      if (left === 0 && byKey.has(dependency)) ready.push(dependency)
    }
  }
  return lengths
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

/** Claiming order: higher priority first, then the longest remaining critical path, then the plan's order. */
export function claimOrder(tasks: readonly GraphTask[]): string[] {
  const lengths = criticalPaths(tasks)
  const place = new Map(tasks.map((task, index) => [task.key, index]))
  return [...tasks]
    .sort(
      (left, right) =>
        right.priority - left.priority ||
        (lengths.get(right.key) ?? 0) - (lengths.get(left.key) ?? 0) ||
        (place.get(left.key) ?? 0) - (place.get(right.key) ?? 0),
    )
    .map((task) => task.key)
}
