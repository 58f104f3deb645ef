import { z } from 'zod'
import { STAGES } from '../../domain/stage.ts'
import { count, keyShape, resourcesShape } from './parts.ts'

/** What the agents of one task said, oldest attempt first. */
export const taskLogShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  task: keyShape,
  attempts: z.array(
    z.strictObject({
      attempt: count.describe('Its number.'),
      generation: count,
      stage: z.enum(STAGES),
      agent: z.string().nullable(),
      outcome: z.enum(['running', 'accepted', 'refused', 'gave_up', 'disputed', 'dispute_rejected', 'lost']),
      transcript: z.string(),
      resources: resourcesShape.nullable(),
    }),
  ),
})
