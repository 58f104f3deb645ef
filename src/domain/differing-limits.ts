import type { Limits } from './limits.ts'
import type { PlanLimits } from './plan.ts'

interface DifferingLimit {
  readonly name: string
  readonly asked: number
  readonly inForce: number
}

/** Limits that a plan sets to something else than those in force; what it leaves out follows them. */
export function differingLimits(asked: PlanLimits, inForce: Limits): DifferingLimit[] {
  return Object.entries(asked).flatMap(([name, value]) => {
    const other = inForce[name as keyof Limits]
    return value === undefined || value === other ? [] : [{ name, asked: value, inForce: other }]
  })
}
