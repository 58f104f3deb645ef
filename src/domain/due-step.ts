import type { Attempt, LandingReturn } from './attempt.ts'
import type { Limits } from './limits.ts'
import { nextStep, type Step } from './next-step.ts'
import type { TaskDefinition } from './plan.ts'

interface DueTask {
  readonly definition: TaskDefinition
  readonly generation: number
  /** Acceptances of earlier generations than this were dropped. */
  readonly acceptedSince: number
}

interface History {
  readonly attempts: readonly Attempt[]
  readonly returns: readonly LandingReturn[]
}

interface DueQuestion {
  readonly task: DueTask
  readonly history: History
  readonly limits: Limits
  readonly now: number
}

/** What comes next with a task, for who only looks. Nothing is tidied up: that is the agents' alone. */
export function dueStep({ task, history, limits, now }: DueQuestion): Step {
  const context = { limits: { ...limits, refactor: false }, now, generation: task.generation }
  return nextStep(task.definition, keptHistory(task, history), context)
}

/** What a retry from RED did not drop of the history of a task. */
export function keptHistory({ acceptedSince }: Pick<DueTask, 'acceptedSince'>, history: History): History {
  const isKept = ({ generation }: { readonly generation: number }): boolean => generation >= acceptedSince
  return { attempts: history.attempts.filter(isKept), returns: history.returns.filter(isKept) }
}
