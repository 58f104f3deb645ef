import { z } from 'zod'
import { TASK_STATES } from '../../domain/task.ts'
import { keyShape } from './parts.ts'

/** A task that a person retried or cancelled. */
export const taskChangeShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  task: keyShape,
  state: z.enum(TASK_STATES).describe('What it is now.'),
})
