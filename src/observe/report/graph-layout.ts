import { dependantsOf } from '../../domain/graph.ts'

interface LayoutTask {
  readonly key: string
  readonly dependsOn: readonly string[]
}

interface Placed extends LayoutTask {
  /** 0 needs nothing; others are one more than the highest that they need. */
  readonly layer: number
  readonly row: number
}

interface GraphLayout {
  readonly placed: readonly Placed[]
  /** Keys of those that need nothing and that nothing needs. */
  readonly alone: readonly string[]
  readonly layers: number
  readonly rows: number
}

/** Back and forth; more hardly takes another crossing away. */
const SWEEPS = 6

/** Where tasks stand when what they need is left of them. Dependencies on tasks that are not among them are left out. */
export function graphLayout(tasks: readonly LayoutTask[]): GraphLayout {
  const known = new Set(tasks.map(({ key }) => key))
  const inside = tasks.map(({ key, dependsOn }) => ({
    key,
    dependsOn: dependsOn.filter((other) => known.has(other)),
  }))
  const dependants = dependantsOf(inside)
  const isAlone = (task: LayoutTask): boolean => task.dependsOn.length === 0 && !dependants.has(task.key)
  const linked = inside.filter((task) => !isAlone(task))
  const layers = ordered(inLayers(linked, dependants), dependants)
  return {
    placed: layers.flatMap((layer, index) => layer.map((task, row) => ({ ...task, layer: index, row }))),
    alone: inside.filter(isAlone).map(({ key }) => key),
    layers: layers.length,
    rows: Math.max(0, ...layers.map(({ length }) => length)),
  }
}

function inLayers(
  tasks: readonly LayoutTask[],
  dependants: ReadonlyMap<string, readonly string[]>,
): LayoutTask[][] {
  const depth = new Map<string, number>()
  const missing = new Map(tasks.map(({ key, dependsOn }) => [key, dependsOn.length]))
  const ready = tasks.filter(({ dependsOn }) => dependsOn.length === 0).map(({ key }) => key)
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    for (const next of dependants.get(key) ?? []) {
      depth.set(next, Math.max(depth.get(next) ?? 0, (depth.get(key) ?? 0) + 1))
      const left = (missing.get(next) ?? 0) - 1
      missing.set(next, left)
      if (left === 0) ready.push(next)
    }
  }
  const layers: LayoutTask[][] = []
  for (const task of tasks) (layers[depth.get(task.key) ?? 0] ??= []).push(task)
  return layers
}

/** Each layer by the mean place of its neighbours in the one before, and then in the one behind. */
function ordered(
  layers: readonly LayoutTask[][],
  dependants: ReadonlyMap<string, readonly string[]>,
): readonly LayoutTask[][] {
  let now = layers
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const place = new Map(
      now.flatMap((layer) => layer.map(({ key }, row) => [key, (row + 0.5) / layer.length] as const)),
    )
    const forth = sweep % 2 === 0
    const mean = (task: LayoutTask): number => {
      const around = forth ? task.dependsOn : (dependants.get(task.key) ?? [])
      const places = around.flatMap((key) => place.get(key) ?? [])
      return places.length === 0
        ? (place.get(task.key) ?? 0)
        : places.reduce((sum, each) => sum + each, 0) / places.length
    }
    now = now.map((layer) => layer.toSorted((left, right) => mean(left) - mean(right)))
  }
  return now
}
