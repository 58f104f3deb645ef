import { z } from 'zod'
import { instant } from './parts.ts'

/** What a person tells an assistant that may change runs. */
export const mcpTokenShape = z.strictObject({
  token: z.string().describe('A secret.'),
  until: instant.describe('When it ends, in milliseconds since the epoch.'),
})
