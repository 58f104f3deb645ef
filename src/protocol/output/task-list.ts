import { z } from 'zod'
import { TASK_KINDS } from '../../domain/plan.ts'
import { TASK_STATES } from '../../domain/task.ts'
import { waitsForApprovalShape } from './people.ts'
import { instant, interruptedShape, isLostShape, keyShape, refusalShape } from './parts.ts'

const taskShape = z.strictObject({
  key: keyShape,
  title: z.string(),
  kind: z.enum(TASK_KINDS),
  suite: z.string(),
  dependsOn: z.array(keyShape),
  state: z.enum(TASK_STATES),
  interrupted: interruptedShape,
  person: z.string().nullable().describe('Who has taken it to work it themselves.'),
  waitsForApproval: waitsForApprovalShape,
  lost: isLostShape,
  reason: z.string().nullable().describe('Why it is where it is; null where the state says it all.'),
  merge: z.string().optional().describe('Of a completed task.'),
  notBefore: instant.optional().describe('Of a retryable task: when it can be claimed again.'),
  by: z.array(keyShape).optional().describe('Of a blocked task: what it waits for.'),
  refusal: refusalShape.nullable().optional().describe('Of a failed task: its last refusal.'),
  worker: z.string().nullable().describe('Who holds it.'),
  since: instant.describe('When it came into this state, in milliseconds since the epoch.'),
})

/** Every task of the run, in the order of the plan. */
export const taskListShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  tasks: z.array(taskShape),
})
