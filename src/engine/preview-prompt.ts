import { agentNameOf } from '../config/agent-name.ts'
import type { Config } from '../config/schema.ts'
import { dueStep } from '../domain/due-step.ts'
import type { CommitId } from '../domain/evidence.ts'
import type { Neighbour } from '../domain/neighbours.ts'
import type { Step } from '../domain/next-step.ts'
import type { Prompt } from '../domain/prompt-part.ts'
import { type AgentStage, isAgentStage } from '../domain/stage.ts'
import { OrchestratorError } from '../errors.ts'
import type { Templates } from '../prompts/templates.ts'
import type { Run, Task, TaskHistory } from '../store/store.ts'
import { targetRef, type Workshop } from './context.ts'
import { surroundingsOf } from './plan-surroundings.ts'
import { promptSettings, roomFor } from './prompt-settings.ts'
import { gatherFacts, stagePrompt } from './render-prompt.ts'

interface Preview {
  readonly config: Config
  readonly run: Pick<Run, 'suites' | 'limits' | 'target' | 'startedWith'>
  /** Those of a run that is worked now; null: as they are written. */
  readonly templates: Templates | null
  readonly task: Task
  readonly history: TaskHistory
  readonly tasks: readonly Neighbour[]
  readonly planTexts: readonly string[]
  /** Null for the one that comes next. */
  readonly stage: AgentStage | null
}

/** Exactly what an agent would be told that began a stage of a task now. Changes nothing. */
export async function previewPrompt(
  workshop: Workshop,
  { config, run, task, history, stage: asked, ...preview }: Preview,
): Promise<{ readonly stage: AgentStage; readonly base: CommitId; readonly prompt: Prompt }> {
  const { git, texts, projects, clock } = workshop
  const next = dueStep({ task, history, limits: run.limits, now: clock.now() })
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
  const agent = agentNameOf(config, run.startedWith?.name ?? null)
  const settings =
    preview.templates === null
      ? await promptSettings({ git, config }, agent)
      : { templates: preview.templates, room: roomFor(config, agent) }
  const { tree } = await git.readCommit(base)
  const surroundings = surroundingsOf(task.definition, {
    ...preview,
    keys: preview.tasks.map(({ definition }) => definition.key),
  })
  const facts = await gatherFacts({ git, texts, projects, tree, suite }, task.definition, surroundings)
  return { stage, base, prompt: stagePrompt(settings, { task, step, facts }) }
}

function stageOf(next: Step, { definition: { key } }: Task): AgentStage {
  if (next.do === 'attempt' && isAgentStage(next.stage)) return next.stage
  throw new OrchestratorError('usage', `no agent is asked next for ${key}`, {
    hint: 'Say for which stage the prompt is wanted: --stage green',
  })
}
