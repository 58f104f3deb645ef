import { z } from 'zod'
import { ERROR_CATALOGUE, type ErrorCode } from '../../errors.ts'

/** What every command prints instead of its document when it fails. */
export const errorShape = z.strictObject({
  error: z.strictObject({
    code: z.enum(Object.keys(ERROR_CATALOGUE) as ErrorCode[]),
    message: z.string(),
    hint: z.string().describe('What to do next.'),
  }),
})
