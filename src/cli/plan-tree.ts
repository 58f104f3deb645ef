interface PlannedTask {
  readonly key: string
  readonly dependsOn: readonly string[]
}

interface TreeRow<Task> {
  /** What leads to the task: the lines that a tree is drawn with, empty for a task that waits for none. */
  readonly branch: string
  readonly task: Task
}

/**
 * The graph of a plan as a tree: each task once, below that of its dependencies which has most before it. A plan has no
 * cycles.
 */
export function planTree<Task extends PlannedTask>(tasks: readonly Task[]): TreeRow<Task>[] {
  const depths = depthsOf(tasks)
  const parents = new Map(tasks.map(({ key, dependsOn }) => [key, deepest(dependsOn, depths)]))
  const below = Map.groupBy(tasks, ({ key }) => parents.get(key) ?? null)
  const rowsBelow = (parent: string | null, lead: string): TreeRow<Task>[] => {
    const children = below.get(parent) ?? []
    return children.flatMap((task, index) => {
      const isLast = index === children.length - 1
      const [branch, next] = parent === null ? ['', ''] : isLast ? ['└─ ', '   '] : ['├─ ', '│  ']
      return [{ branch: lead + branch, task }, ...rowsBelow(task.key, lead + next)]
    })
  }
  return rowsBelow(null, '')
}

/** How many tasks stand before each on its longest chain. */
function depthsOf(tasks: readonly PlannedTask[]): Map<string, number> {
  const depths = new Map(tasks.map(({ key }) => [key, 0]))
  // Without cycles nothing can change any more after as many rounds as there are tasks.
  for (let round = 0; round < tasks.length; round++) {
    let changed = false
    for (const { key, dependsOn } of tasks) {
      const depth = Math.max(0, ...dependsOn.map((other) => (depths.get(other) ?? 0) + 1))
      if (depth === depths.get(key)) continue
      depths.set(key, depth)
      changed = true
    }
    if (!changed) break
  }
  return depths
}

function deepest(keys: readonly string[], depths: ReadonlyMap<string, number>): string | null {
  const depthOf = (key: string): number => depths.get(key) ?? 0
  return keys.toSorted((left, right) => depthOf(right) - depthOf(left))[0] ?? null
}
