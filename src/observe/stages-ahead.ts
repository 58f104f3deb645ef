import { chooseModel } from '../domain/choose-model.ts'
import type { StageAhead } from '../domain/cost-forecast.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { AgentStage, Stage } from '../domain/stage.ts'

/** Which stages a task has before it as long as nothing is refused, and with which tier each begins. */
export function stagesAhead(
  task: Pick<TaskDefinition, 'kind' | 'complexity'>,
  { accepted, refactor }: { readonly accepted: ReadonlySet<Stage>; readonly refactor: boolean },
): StageAhead[] {
  const { kind, complexity } = task
  const hasTests = has(accepted, ['red', 'red_fix'])
  const hasSources = has(accepted, ['green', 'fix'])
  const stages: AgentStage[] = []
  if ((kind === 'implement' || kind === 'verify_only') && !hasTests && !hasSources) stages.push('red')
  if (kind !== 'verify_only' && !hasSources) stages.push('green')
  if (kind === 'implement' && refactor && !has(accepted, ['refactor'])) stages.push('refactor')
  return stages.map((stage) => {
    const { tier } = chooseModel({ stage, complexity, attempts: [], generation: 1, raiseAfter: 0 })
    return { stage, tier }
  })
}

function has(accepted: ReadonlySet<Stage>, stages: readonly Stage[]): boolean {
  return stages.some((stage) => accepted.has(stage))
}
