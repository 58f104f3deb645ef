import { z } from 'zod'
import { count, keyShape } from './parts.ts'

/** What was kept for the repository and is gone. */
export const uninstallReportShape = z.strictObject({
  directory: z.string(),
  bytes: count,
  refs: z.array(z.string()),
  unlanded: z.array(keyShape).describe('Tasks whose accepted work had not landed.'),
  removed: z.literal(true),
})
