import type { TaskDefinition } from '../domain/plan.ts'
import type { AgentStage } from '../domain/stage.ts'
import type { Refusal } from '../domain/verdict.ts'
import { renderStagePrompt } from '../prompts/render.ts'
import type { Task } from '../store/store.ts'
import type { AttemptStep } from './stage-call.ts'

const DETAILS_LIMIT = 20_000

/** What the agent of a step is told; `project` is what `projectFacts` says of where it works. */
export function renderPrompt(
  task: Pick<Task, 'definition' | 'note'>,
  step: Pick<AttemptStep, 'stage' | 'repair' | 'dispute'>,
  project: string,
): string {
  return renderStagePrompt(step.stage as AgentStage, {
    project,
    task: taskText(task.definition),
    refusals: step.repair.length === 0 ? 'There was none.' : step.repair.map(refusalText).join('\n\n'),
    dispute:
      step.dispute === null
        ? 'There is none.'
        : `The tests are disputed with this reason:\n\n${step.dispute}`,
    note: task.note ?? 'There is none.',
  })
}

function taskText(task: TaskDefinition): string {
  const parts = [`Task ${task.key}: ${task.title}`]
  if (task.goal !== '') parts.push(task.goal)
  if (task.criteria.length > 0)
    parts.push(`Criteria:\n${task.criteria.map(({ id, text }) => `- ${id}: ${text}`).join('\n')}`)
  parts.push(`Tests: ${task.tests.join(', ') || 'none'}\nSources: ${task.sources.join(', ') || 'none'}`)
  if (task.exports.length > 0) parts.push(`Exports: ${task.exports.join(', ')}`)
  if (task.allow.length > 0) parts.push(`May also change: ${task.allow.join(', ')}`)
  if (task.hints !== null) parts.push(`Hints:\n${task.hints}`)
  return parts.join('\n\n')
}

function refusalText({ code, fact, hint, details }: Refusal): string {
  const shown = details.join('\n').slice(0, DETAILS_LIMIT)
  return [`${code}: ${fact}`, hint, shown].filter((part) => part !== '').join('\n')
}
