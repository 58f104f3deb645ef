import type { TaskDefinition } from '../domain/plan.ts'
import type { Prompt, PromptPart } from '../domain/prompt-part.ts'
import type { AgentStage } from '../domain/stage.ts'
import { renderPrompt } from '../prompts/render.ts'
import type { Templates } from '../prompts/templates.ts'
import type { Task } from '../store/store.ts'
import { besideParts, type Surroundings } from './beside-parts.ts'
import { codeParts } from './code-parts.ts'
import type { Project } from './project-facts.ts'
import { projectParts } from './project-parts.ts'
import type { AttemptStep } from './stage-call.ts'
import { taskParts } from './task-parts.ts'

/** How a run's prompts are made. */
export interface PromptSettings {
  readonly templates: Templates
  /** Tokens of one prompt. */
  readonly room: number
}

interface PromptCall {
  readonly task: Pick<Task, 'definition' | 'note'>
  readonly step: Pick<AttemptStep, 'stage' | 'repair' | 'dispute'>
  /** What is known of where it works, from `gatherFacts`. */
  readonly facts: readonly PromptPart[]
}

/** What the agent of a step is told. */
export function stagePrompt(settings: PromptSettings, { task, step, facts }: PromptCall): Prompt {
  const parts = [...facts, ...taskParts(task, step)]
  return renderPrompt(settings.templates[step.stage as AgentStage], parts, settings.room)
}

/** What an agent should know of a project before it begins, as the project itself tells it: text, and no setting. */
export async function gatherFacts(
  project: Project,
  task: TaskDefinition,
  surroundings: Surroundings,
): Promise<PromptPart[]> {
  return [
    ...(await projectParts(project)),
    ...(await codeParts(project, task)),
    ...(await besideParts(project, task, surroundings)),
  ]
}
