import { z } from 'zod'

/** A run that was asked to end, and has. */
export const stopReportShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  state: z.enum(['planned', 'running', 'paused', 'interrupted', 'completed', 'incomplete']),
})
