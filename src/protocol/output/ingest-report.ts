import { z } from 'zod'
import type { Immutable } from '../immutable.ts'
import { count } from './parts.ts'

/** Where the tasks of a plan went. */
export const ingestReportShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  title: z.string(),
  tasks: count,
  replaced: z
    .array(z.string())
    .describe(
      'Runs of the same title and keys that never started: they have ended, and this one takes their place.',
    ),
  added: z.boolean().describe('Whether they were added to a run that had not ended.'),
})
export type IngestReport = Immutable<z.infer<typeof ingestReportShape>>
