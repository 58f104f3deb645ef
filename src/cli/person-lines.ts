import { submitTask } from '../domain/closing-command.ts'
import { dueStep } from '../domain/due-step.ts'
import { shellWord } from '../domain/shell-word.ts'
import { type AgentStage, isAgentStage } from '../domain/stage.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { Run, StoreReader, Task } from '../observe/open-readonly.ts'
import { systemClock } from '../runtime/clock.ts'
import { refusalLines } from './refusal-lines.ts'
import { indented } from './text-lines.ts'

/** What a person is to work next, and why it was refused before. */
interface Due {
  readonly stage: AgentStage | null
  readonly refusals: readonly Refusal[]
}

export function dueOf({ reader, run }: { readonly reader: StoreReader; readonly run: Run }, task: Task): Due {
  const history = reader.history(run.id, task.definition.key)
  const now = task.person === null ? systemClock.now() : Infinity
  const step = dueStep({ task, history, limits: run.limits, now })
  if (step.do !== 'attempt') return { stage: null, refusals: [] }
  return { stage: isAgentStage(step.stage) ? step.stage : null, refusals: step.repair }
}

/** What is to be done in a directory, what may be changed there, and how to go on. */
export function dueLines(task: Task, { stage, refusals }: Due, directory: string): string[] {
  const { key, tests, sources, allow, criteria, goal } = task.definition
  const writesTests = stage === 'red' || stage === 'red_fix'
  const also = allow.length === 0 ? '' : ` Also: ${allow.join(', ')}.`
  return [
    ...(stage === null ? [] : [`${stage.toUpperCase()}: ${writesTests ? TESTS_DUE : SOURCES_DUE}`]),
    ...(goal === '' ? [] : indented(goal, 2)),
    ...criteria.map(({ id, text }) => `  ${id}: ${text}`),
    writesTests
      ? `You may change: ${tests.join(', ')}.${also} Nothing else.`
      : `You may change: ${sources.join(', ') || 'sources'} and files that nobody claims.${also} Tests stay as they are.`,
    ...(refusals.length === 0 ? [] : ['Refused before:', ...refusedLines(refusals)]),
    `Directory: ${directory}`,
    `Next: ${submitTask(key)} (hand it in), orchestrator task give-back ${shellWord(key)} (let the agents do it)`,
  ]
}

const TESTS_DUE =
  'write tests that fail for want of the behaviour; each criterion is named in the name of a test.'
const SOURCES_DUE = 'write the sources that make the tests pass.'

/** Of one refusal: who works on it needs more than who looks. */
const DETAILS = 20

/** Below a line that says what was refused. */
export function refusedLines(refusals: readonly Refusal[]): string[] {
  return indented(refusals.flatMap((refusal) => refusalLines(refusal, DETAILS)).join('\n'), 2)
}
