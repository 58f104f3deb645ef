import { dependantsOf } from './graph.ts'
import type { TaskDefinition } from './plan.ts'

/**
 * Names of the suites that open tasks need as their target has them now. A task that may change what setup and runners
 * stand on brings what it needs itself, for all that comes after it as well.
 */
export function suitesNeeded(open: readonly TaskDefinition[]): Set<string> {
  const renewed = new Set(open.filter(mayRenew).map(({ key }) => key))
  const dependants = dependantsOf(open)
  for (const key of renewed) for (const next of dependants.get(key) ?? []) renewed.add(next)
  return new Set(open.filter(({ key }) => !renewed.has(key)).map(({ suite }) => suite))
}

/** Manifests and configuration are frozen for everybody else. */
function mayRenew({ kind, allow }: TaskDefinition): boolean {
  return kind === 'scaffold' || allow.length > 0
}
