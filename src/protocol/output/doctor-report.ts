import { z } from 'zod'
import type { Immutable } from '../immutable.ts'

const findingShape = z.strictObject({
  area: z.enum(['node', 'git', 'repository', 'sandbox', 'configuration', 'state', 'suites', 'agent', 'tree']),
  level: z.enum(['ok', 'note', 'problem']).describe('`problem`: a run cannot work; `note`: worth knowing.'),
  what: z.string(),
  advice: z.string().nullable().describe('What to do about it; null when nothing has to be done.'),
})
/** One thing that was looked at. */
export type Finding = Immutable<z.infer<typeof findingShape>>

/** Whether machine and repository are ready. */
export const doctorReportShape = z.strictObject({
  usable: z.boolean().describe('Whether a run would work here.'),
  findings: z.array(findingShape),
})
