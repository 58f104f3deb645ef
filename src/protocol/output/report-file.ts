import { z } from 'zod'
import { count, instant } from './parts.ts'

/** The report of a run that was written as a page. */
export const reportFileShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  state: z
    .enum(['planned', 'running', 'paused', 'interrupted', 'completed', 'incomplete'])
    .describe('How the run stood; `running` is a report of a run that was still going.'),
  madeAt: instant,
  path: z.string().describe('The file.'),
  bytes: count.describe('Its size.'),
  sections: z
    .array(z.strictObject({ id: z.string(), title: z.string(), bytes: count }))
    .describe('Its parts, in order; `id` is the fragment that leads to one.'),
  cut: z.array(z.string()).describe('What was left out to keep the page small, in words.'),
})
