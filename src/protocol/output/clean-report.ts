import { z } from 'zod'
import { count } from './parts.ts'

/** What is kept for the repository, and what went. */
export const cleanReportShape = z.strictObject({
  directory: z.string(),
  removed: z.boolean().describe('False with --dry-run.'),
  freedBytes: count,
  things: z.array(
    z.strictObject({
      name: z.string(),
      bytes: count,
      remove: z.boolean(),
      kept: z.string().nullable().describe('Why it stays; null when it goes.'),
    }),
  ),
})
