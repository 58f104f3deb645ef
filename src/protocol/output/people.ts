import { z } from 'zod'
import { AGENT_STAGES, STAGES } from '../../domain/stage.ts'
import { TASK_STATES } from '../../domain/task.ts'
import { REFUSAL_CODES } from '../../domain/verdict.ts'
import { commitShape, keyShape, refusalShape } from './parts.ts'

export const waitsForApprovalShape = z
  .boolean()
  .describe('It is verified and lands once a person has approved it.')
const runShape = z.string().describe('Id of the run.')
const stageShape = z
  .enum(AGENT_STAGES)
  .nullable()
  .describe('What is to be worked next; null where nothing is.')

/** A task that a person has taken: where, and what is to be done there. */
export const taskTakeShape = z.strictObject({
  run: runShape,
  task: keyShape,
  directory: z.string(),
  base: commitShape.describe('The commit that its files come from.'),
  stage: stageShape,
  tests: z.array(z.string()),
  sources: z.array(z.string()),
  allow: z.array(z.string()).describe('What may be changed besides.'),
  refusals: z.array(refusalShape).describe('Why it was refused before.'),
  note: z.string().nullable(),
})

/** What became of something that a person handed in, or had judged again. */
export const taskVerdictShape = z.strictObject({
  run: runShape,
  task: keyShape,
  state: z.enum(TASK_STATES).describe('What the task is now.'),
  accepted: z.boolean().describe('Whether nothing of it was refused.'),
  verdicts: z.array(
    z.strictObject({
      stage: z.enum(STAGES),
      outcome: z.string().describe('`accepted`, `refused`, or why it could not be judged.'),
      refusals: z.array(refusalShape),
    }),
  ),
  stage: stageShape,
  directory: z.string().nullable().describe('Where the person goes on; null where they have it no more.'),
  next: z.string().describe('The line to type.'),
})

/** Landings that a person approved. */
export const taskApprovalShape = z.strictObject({
  run: runShape,
  approved: z.array(z.strictObject({ task: keyShape, work: commitShape.describe('What may land.') })),
})

/** A refusal that a person overruled. */
export const waiverShape = z.strictObject({
  code: z.enum(REFUSAL_CODES),
  reason: z.string(),
  person: z.string(),
})

/** What is known of a task that a person has taken. */
export const personHoldShape = z.strictObject({
  person: z.string(),
  directory: z
    .string()
    .nullable()
    .describe('Where they work; null where only what was refused is judged again.'),
  base: commitShape.nullable().describe('The commit that the directory was made from.'),
  asks: z
    .enum(['directory', 'verdict'])
    .nullable()
    .describe('What the engine has to do; null where it is the turn of the person.'),
  giveBack: z.boolean().describe('Whether agents go on with what is accepted.'),
  waivers: z.array(waiverShape).describe('What they overruled, for what is judged next.'),
  problem: z.string().nullable().describe('Why the engine could not do it.'),
})

/** A task with which nothing happens until a person does something. */
export const personWaitShape = z.strictObject({
  task: keyShape,
  for: z
    .enum(['submit', 'approval'])
    .describe('That somebody hands in what they have, or approves what is verified.'),
  person: z.string().nullable().describe('Who has taken it.'),
  next: z.string().describe('The line to type.'),
})
