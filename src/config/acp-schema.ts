import { z } from 'zod'
import { argument } from './argument.ts'
import { optional } from './option.ts'

const model = z.string().min(1).max(200)
const unset = 'the one that the agent takes by itself'

/** The options of an agent that speaks the Agent Client Protocol. `passEnv` has the shape that every agent's has. */
export function acpOptions(passEnv: z.ZodType<string[]>) {
  return {
    argv: optional(z.array(argument).min(1).max(1000), {
      doc: 'The program that speaks the Agent Client Protocol on its standard input and output, as an argument array.',
    }),
    lowModel: optional(model, {
      unset,
      doc: 'Model of the tier `low`, by the id under which the agent offers it.',
    }),
    mediumModel: optional(model, { unset, doc: 'Model of the tier `medium`.' }),
    highModel: optional(model, { unset, doc: 'Model of the tier `high`, which RED always has.' }),
    passEnv: optional(passEnv, {
      unset: 'none',
      doc: 'Names of environment variables that the agent receives, such as the key of its provider. Their values are kept out of transcripts.',
    }),
  }
}
