import { z } from 'zod'
import { REFUSAL_CODES } from '../../domain/verdict.ts'
import type { Immutable } from '../immutable.ts'

/** Parts that several documents have in common. */

export const count = z.int().min(0)
export const milliseconds = z.number().describe('Milliseconds.')
export const instant = z.int().describe('Milliseconds since the epoch.')
export const keyShape = z.string().describe('Key of a task.')
export const interruptedShape = z
  .boolean()
  .describe('It says `running`, but the process of its run is gone; it goes on once the run is resumed.')
export const commitShape = z.string().describe('Id of a git commit.')
export const digestShape = z.string().describe('Digest of the canonical evidence: `sha256:…`.')

export const lostShape = z
  .array(keyShape)
  .describe('Completed tasks whose landing the target no longer contains; a retry lands them again.')
export const isLostShape = z
  .boolean()
  .describe('It is completed, but the target no longer contains its landing; a retry lands it again.')
export const silenceShape = z
  .strictObject({ pid: z.int(), since: instant })
  .describe('The process that works on the run and says nothing, since when; it may be stopped.')

export const spendShape = z.strictObject({
  invocations: count.describe('Agent calls.'),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  costUsd: z.number().min(0),
})

export const resourcesShape = z
  .strictObject({
    samples: count.describe('Moments at which it was looked; 0 where every command ended before one came.'),
    cpuMs: milliseconds.describe('Processor time.'),
    peakBytes: count.describe('The most memory of one moment, pages of files left out.'),
    peakProcesses: count.describe('The most processes of one moment.'),
    points: z
      .array(
        z.strictObject({
          atMs: milliseconds.describe('Since the attempt began.'),
          cpuMs: milliseconds.describe('Processor time since the point before.'),
          bytes: count,
          processes: count,
        }),
      )
      .describe('At most 120.'),
  })
  .describe('What the processes of an attempt used; null while it runs, and where nothing was sampled.')

export const taskCountsShape = z.strictObject({
  total: count,
  completed: count,
  failed: count,
  blocked: count,
  needs_human: count,
  cancelled: count,
  retryable: count,
  pending: count.describe('Everything that goes on by itself: available, running and landing, too.'),
})
/** Every task is counted once. */
export type TaskCounts = Immutable<z.infer<typeof taskCountsShape>>

export const refusalShape = z.strictObject({
  code: z.enum(REFUSAL_CODES),
  fact: z.string().describe('One line a person can check.'),
  hint: z.string().describe('What would make it right.'),
  details: z.array(z.string()),
})
