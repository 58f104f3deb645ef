import type { Attempt, LandingReturn } from './attempt.ts'
import type { Limits } from './limits.ts'
import { nextStep, type Step } from './next-step.ts'
import type { TaskDefinition } from './plan.ts'

interface DueQuestion {
  readonly task: {
    readonly definition: TaskDefinition
    readonly generation: number
    /** Acceptances of earlier generations than this were dropped. */
    readonly acceptedSince: number
  }
  readonly history: { readonly attempts: readonly Attempt[]; readonly returns: readonly LandingReturn[] }
  readonly limits: Limits
  readonly now: number
}

/** What comes next with a task, for who only looks. Nothing is tidied up: that is the agents' alone. */
export function dueStep({ task, history, limits, now }: DueQuestion): Step {
  const isKept = ({ generation }: { readonly generation: number }): boolean =>
    generation >= task.acceptedSince
  const kept = { attempts: history.attempts.filter(isKept), returns: history.returns.filter(isKept) }
  const context = { limits: { ...limits, refactor: false }, now, generation: task.generation }
  return nextStep(task.definition, kept, context)
}
