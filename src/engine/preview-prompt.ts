import type { Step } from '../domain/next-step.ts'
import { nextStep } from '../domain/next-step.ts'
import { type AgentStage, isAgentStage } from '../domain/stage.ts'
import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Run, Task, TaskHistory } from '../store/store.ts'
import { targetRef, type Workshop } from './context.ts'
import { projectFacts } from './project-facts.ts'
import { renderPrompt } from './render-prompt.ts'

interface Preview {
  readonly run: Pick<Run, 'suites' | 'limits' | 'target'>
  readonly task: Task
  readonly history: TaskHistory
  /** Null for the one that comes next. */
  readonly stage: AgentStage | null
}

/** Exactly what an agent would be told that began a stage of a task now. Changes nothing. */
export async function previewPrompt(
  workshop: Workshop,
  { run, task, history, stage: asked }: Preview,
): Promise<{ readonly stage: AgentStage; readonly base: CommitId; readonly prompt: string }> {
  const { git, clock } = workshop
  const limits = { ...run.limits, refactor: false }
  const next = nextStep(task.definition, history, { limits, now: clock.now(), generation: task.generation })
  const stage = asked ?? stageOf(next, task)
  // Another stage than the next one is shown as it begins where nothing was refused.
  const step =
    next.do === 'attempt' && next.stage === stage ? next : { stage, repair: [], dispute: null, start: null }
  const suite = run.suites.find(({ name }) => name === task.definition.suite)
  const base =
    step.start?.base ??
    step.start?.work?.base ??
    (run.target === null ? null : await git.readRef(targetRef(run.target))) ??
    (await git.resolve('HEAD'))
  if (suite === undefined || base === null)
    throw new OrchestratorError(
      'suite_unknown',
      `nothing is there yet that ${task.definition.key} could start from`,
    )
  const { tree } = await git.readCommit(base)
  const project = await projectFacts({ git, tree, suite }, task.definition)
  return { stage, base, prompt: renderPrompt(task, step, project) }
}

function stageOf(next: Step, { definition: { key } }: Task): AgentStage {
  if (next.do === 'attempt' && isAgentStage(next.stage)) return next.stage
  throw new OrchestratorError('usage', `no agent is asked next for ${key}`, {
    hint: 'Say for which stage the prompt is wanted: --stage green',
  })
}
