import type { TaskDefinition } from '../domain/plan.ts'
import type { PromptPart } from '../domain/prompt-part.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { Task } from '../store/store.ts'
import type { AttemptStep } from './stage-call.ts'

/** Tokens of the details of one refusal. */
const DETAILS = 5_000
/** Tokens of what proves one refusal: a line, as long as what failed makes it. */
const FACT = 1_000
const DISPUTE = 2_000

/** What a prompt tells of a task itself, and of what came of it so far. */
export function taskParts(
  task: Pick<Task, 'definition' | 'note'>,
  step: Pick<AttemptStep, 'repair' | 'dispute'>,
): PromptPart[] {
  const { hints } = task.definition
  return [
    { section: 'task', name: 'task', text: taskText(task.definition), worth: null },
    ...(hints === null
      ? []
      : [{ section: 'task', name: 'hints', text: `Hints:\n${hints}`, worth: 80 } as const]),
    ...step.repair.flatMap(refusalParts),
    ...(step.dispute === null
      ? []
      : [
          {
            section: 'dispute',
            name: 'dispute',
            text: `The tests are disputed with this reason:\n\n${step.dispute}`,
            worth: 85,
            most: DISPUTE,
          } as const,
        ]),
    ...(task.note === null ? [] : [{ section: 'note', name: 'note', text: task.note, worth: null } as const]),
  ]
}

function taskText(task: TaskDefinition): string {
  const parts = [`Task ${task.key}: ${task.title}`]
  if (task.goal !== '') parts.push(task.goal)
  if (task.criteria.length > 0)
    parts.push(`Criteria:\n${task.criteria.map(({ id, text }) => `- ${id}: ${text}`).join('\n')}`)
  parts.push(`Tests: ${task.tests.join(', ') || 'none'}\nSources: ${task.sources.join(', ') || 'none'}`)
  if (task.exports.length > 0) parts.push(`Exports: ${task.exports.join(', ')}`)
  if (task.allow.length > 0) parts.push(`May also change: ${task.allow.join(', ')}`)
  return parts.join('\n\n')
}

function refusalParts({ code, fact, hint, details }: Refusal, index: number): PromptPart[] {
  const name = `refusal ${index + 1}`
  const told = [`${code}: ${fact}`, hint].filter((line) => line !== '').join('\n')
  return [
    { section: 'refusals', name, text: told, worth: null, most: FACT },
    ...(details.length === 0
      ? []
      : [
          {
            section: 'refusals',
            name: `details of ${name}`,
            text: details.join('\n'),
            worth: 90,
            most: DETAILS,
          } as const,
        ]),
  ]
}
