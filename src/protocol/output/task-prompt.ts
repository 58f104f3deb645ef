import { z } from 'zod'
import { AGENT_STAGES } from '../../domain/stage.ts'
import { commitShape, count, keyShape } from './parts.ts'

/** What an agent of a stage of a task would be told now. */
export const taskPromptShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  task: keyShape,
  stage: z.enum(AGENT_STAGES),
  base: commitShape.describe('The commit whose files are told of.'),
  characters: count,
  prompt: z.string(),
})
