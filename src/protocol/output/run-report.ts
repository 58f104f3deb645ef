import { z } from 'zod'
import type { Immutable } from '../immutable.ts'
import {
  commitShape,
  count,
  digestShape,
  instant,
  keyShape,
  lostShape,
  milliseconds,
  spendShape,
  taskCountsShape,
} from './parts.ts'

const refactoringShape = z.strictObject({
  task: keyShape,
  holds: z.boolean().describe('It was verified; else the state that was verified before it is what lands.'),
  fact: z.string().nullable().describe('Why it does not hold; null where it does.'),
})
/** What became of the refactoring of a task. */
export type Refactoring = Immutable<z.infer<typeof refactoringShape>>

/** What a run did, once it has ended. */
export const runReportShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  state: z.enum(['completed', 'incomplete', 'paused', 'interrupted']),
  target: z.string().nullable().describe('The branch that accepted work went to.'),
  base: commitShape.nullable().describe('Where the target was when the run began.'),
  head: commitShape.nullable().describe('Where the target is now.'),
  pausedBy: z
    .string()
    .nullable()
    .describe(
      'What paused it: `budget`, `window`, `provider_limit`, `target`, `person`, `circuit`, `agent` (it cannot work: key, model, program) or `fault`.',
    ),
  resumeAt: instant
    .nullable()
    .describe(
      'From when a run that rests can go on; null where that is at once, or where only a person ends it.',
    ),
  next: z.string().describe('The one line to type next.'),
  tasks: taskCountsShape,
  landed: z.array(
    z.strictObject({
      task: keyShape,
      merge: commitShape,
      red: commitShape,
      green: commitShape,
      evidence: digestShape,
    }),
  ),
  lost: lostShape,
  attempts: count,
  refusals: z
    .array(z.strictObject({ task: keyShape, stage: z.string(), code: z.string(), fact: z.string() }))
    .describe('The first refusal of each refused attempt, and what came back from landing.'),
  refactorings: z
    .array(refactoringShape)
    .describe('Where refactoring was asked for: what became of it, by task.'),
  spend: spendShape,
  warnings: z.array(z.string()).describe('What a person should look at although nothing failed by it.'),
  quarantined: z
    .array(z.strictObject({ file: z.string(), name: z.string(), task: keyShape }))
    .describe('Tests that count for nothing until a person clears them.'),
  wallMs: milliseconds,
  agentMs: milliseconds,
  verifyMs: milliseconds,
  waitMs: milliseconds.describe('Workers waited for a slot, the landing queue or a limit.'),
  engineMs: milliseconds.describe('Worker time that is none of agentMs, verifyMs and waitMs.'),
  criticalPathMs: milliseconds.describe('The longest chain of tasks alone.'),
  workers: count,
  contained: z.boolean().describe('Whether commands ran in a sandbox.'),
  report: z
    .string()
    .optional()
    .describe(
      'With --report: the page that was written; not there where it could not be, which a warning tells.',
    ),
})
export type RunReport = Immutable<z.infer<typeof runReportShape>>
