import { z } from 'zod'

/** A run that goes on in the background. */
export const runDetachedShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  pid: z.int().describe('Id of its process.'),
  log: z.string().describe('The file that holds its output.'),
})
