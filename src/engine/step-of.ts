import { keptHistory } from '../domain/due-step.ts'
import { nextStep, type Step } from '../domain/next-step.ts'
import type { Task, TaskHistory } from '../store/store.ts'
import type { RunContext } from './context.ts'

/** What comes next with a task, from what a retry from RED did not drop; and that history. */
export async function stepOf(
  context: Stepping,
  task: Task,
): Promise<{ readonly step: Step; readonly kept: TaskHistory; readonly whole: TaskHistory }> {
  const whole = await context.store.history(context.run, task.definition.key)
  const kept = keptHistory(task, whole)
  const { clock } = context
  // What waits to land was decided to land: asking for refactorings later, by another resume, does not call it back.
  const refactor = context.limits.refactor && task.state.state !== 'landing'
  const limits = { ...context.limits, refactor }
  // A person does not wait for what an agent would: they are there.
  const now = task.person === null ? clock.now() : Infinity
  const step = nextStep(task.definition, kept, { limits, now, generation: task.generation })
  return { step, kept, whole }
}

export type Stepping = Pick<RunContext, 'store' | 'run' | 'clock' | 'limits'>
