import { z } from 'zod'
import type { Immutable } from '../immutable.ts'

const outcome = z.enum(['passed', 'failed', 'skipped', 'missing'])

/** The judgement of one change. */
export const checkReportShape = z.strictObject({
  verdict: z.enum(['proven', 'refused', 'not_applicable']),
  tests: z.array(
    z.strictObject({
      file: z.string(),
      name: z.string(),
      base: outcome.describe('Before the change.'),
      red: outcome.describe('With the tests of the change and without its sources.'),
      green: outcome.describe('After the change.'),
    }),
  ),
  refusals: z.array(
    z.strictObject({
      code: z.string(),
      fact: z.string(),
      hint: z.string().describe('What would make it right.'),
    }),
  ),
  unclaimed: z
    .array(z.string())
    .describe('Files of the change that are named like tests and that no suite knows: they were not judged.'),
})
export type CheckReport = Immutable<z.infer<typeof checkReportShape>>
