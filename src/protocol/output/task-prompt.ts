import { z } from 'zod'
import { PROMPT_SECTIONS } from '../../domain/prompt-part.ts'
import { AGENT_STAGES } from '../../domain/stage.ts'
import { commitShape, count, keyShape } from './parts.ts'

const partShape = z.strictObject({
  section: z.enum(['rules', ...PROMPT_SECTIONS]),
  name: z.string(),
  tokens: count.describe('Of what is told, as estimated.'),
  cut: count.describe('Tokens of it that are not told.'),
  because: z
    .enum(['length', 'room'])
    .nullable()
    .describe('Longer than such a part may be, or no room in the prompt; null where nothing is cut.'),
})

/** What an agent of a stage of a task would be told now, or was told in an attempt. */
export const taskPromptShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  task: keyShape,
  stage: z.enum(AGENT_STAGES),
  attempt: count.nullable().describe('The attempt that was sent it; null for what would be sent now.'),
  base: commitShape.nullable().describe('The commit whose files are told of; null for an attempt.'),
  characters: count,
  tokens: count.describe('As estimated.'),
  limit: count.describe('Tokens that it may have.'),
  parts: z.array(partShape).describe('In the order of the prompt.'),
  prompt: z.string(),
})
