import type { TaskDefinition } from './plan.ts'
import type { TaskStateName } from './task.ts'

/** A task of the run as another one sees it. */
export interface Neighbour {
  readonly definition: TaskDefinition
  readonly state: TaskStateName
}

/** Tasks of a run that another one has to do with, each kind by key. */
export interface Neighbours {
  /** It builds on them: they have landed when it begins. */
  readonly needs: readonly Neighbour[]
  /** They build on it. */
  readonly serves: readonly Neighbour[]
  /** They are worked or landed now, and hold their paths meanwhile. */
  readonly working: readonly Neighbour[]
}

export function neighboursOf(task: TaskDefinition, tasks: Iterable<Neighbour>): Neighbours {
  const needed = new Set(task.dependsOn)
  const needs: Neighbour[] = []
  const serves: Neighbour[] = []
  const working: Neighbour[] = []
  for (const other of tasks) {
    const { definition, state } = other
    if (definition.key === task.key) continue
    if (needed.has(definition.key)) needs.push(other)
    if (definition.dependsOn.includes(task.key) && state !== 'cancelled') serves.push(other)
    if ((state === 'running' || state === 'landing') && definition.locks.length > 0) working.push(other)
  }
  return { needs: byKey(needs), serves: byKey(serves), working: byKey(working) }
}

function byKey(tasks: readonly Neighbour[]): Neighbour[] {
  return tasks.toSorted((one, other) => (one.definition.key < other.definition.key ? -1 : 1))
}
