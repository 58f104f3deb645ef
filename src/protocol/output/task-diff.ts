import { z } from 'zod'
import { STAGES } from '../../domain/stage.ts'
import { commitShape, count, keyShape } from './parts.ts'

/** The work of one attempt against what it started from. */
export const taskDiffShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  task: keyShape,
  attempt: count.describe('Its number.'),
  stage: z.enum(STAGES),
  verdict: z.enum(['accepted', 'refused']),
  from: commitShape,
  to: z.string().describe('The commit that was accepted, or the tree that was refused.'),
  diff: z.string(),
})
