import { z } from 'zod'
import { count, keyShape } from './parts.ts'

/** What was kept for the repository and is gone. */
export const uninstallReportShape = z.strictObject({
  directory: z.string(),
  outside: z
    .array(z.string())
    .describe('Where the store was configured to lie elsewhere: it, and what lay beside it.'),
  kept: z
    .array(z.string())
    .describe(
      'Other stores that have work of the repository. They stay, and nothing leads to them any more.',
    ),
  bytes: count,
  refs: z.array(z.string()),
  unlanded: z.array(keyShape).describe('Tasks whose accepted work had not landed.'),
  unknown: z.array(z.string()).describe('Why nobody could tell whether there were more.'),
  removed: z.literal(true),
})
