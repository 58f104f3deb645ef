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

const triedTreeShape = z.strictObject({
  suite: z.string(),
  setupMs: z
    .number()
    .nullable()
    .describe('What setup took in a fresh tree; null where the suite has none, or it failed.'),
  testMs: z.number().nullable().describe('What all tests took; null where they came to no end.'),
  tests: z.number(),
  bytes: z.number().describe('What the slot holds afterwards: files, dependencies, HOME.'),
  setupCopied: z
    .boolean()
    .nullable()
    .describe('Whether other slots of a run get a copy of what setup left; null where it has not run.'),
  noticed: z
    .boolean()
    .nullable()
    .describe('Whether a test noticed a broken source line; null where it could not be tried.'),
})
/** A suite in a fresh tree. */
export type TriedTree = Immutable<z.infer<typeof triedTreeShape>>

/** Whether machine and repository are ready. */
export const doctorReportShape = z.strictObject({
  usable: z.boolean().describe('Whether a run would work here.'),
  findings: z.array(findingShape),
  trees: z.array(triedTreeShape).describe('With --tree: each suite in a fresh tree; else empty.'),
})
