import { z } from 'zod'
import type { Immutable } from '../immutable.ts'
import { waiverShape } from './people.ts'
import { commitShape, count, keyShape } from './parts.ts'

/** What became of the evidence of landed tasks when it was executed again. */
export const proveReportShape = z.strictObject({
  checked: count,
  proven: count,
  waived: z
    .array(z.strictObject({ merge: commitShape, task: keyShape, waivers: z.array(waiverShape) }))
    .describe('Those of the proven for which a person overruled something.'),
  broken: z.array(z.strictObject({ merge: commitShape, task: keyShape, code: z.string(), fact: z.string() })),
})
export type ProveReport = Immutable<z.infer<typeof proveReportShape>>
