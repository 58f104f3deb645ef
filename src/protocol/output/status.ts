import { z } from 'zod'
import type { Immutable } from '../immutable.ts'
import { count, instant, keyShape, milliseconds, spendShape, taskCountsShape } from './parts.ts'

const runShape = z.strictObject({
  id: z.string(),
  title: z.string(),
  state: z.enum(['planned', 'running', 'paused', 'interrupted', 'completed', 'incomplete']),
  startedAt: instant.nullable(),
  target: z.string().nullable(),
  reason: z.string().nullable().describe('Why it is in this state, where there is more to say.'),
})

const workerShape = z.strictObject({
  id: z.string(),
  state: z.enum(['idle', 'working', 'stopped']),
  task: keyShape.nullable(),
  stage: z.string().nullable(),
  sinceMs: milliseconds,
})

/** One moment of the current run. */
export const statusShape = z.strictObject({
  run: runShape.nullable().describe('Null until a plan was ingested.'),
  tasks: taskCountsShape,
  workers: z.array(workerShape),
  quarantined: count.describe(
    'Tests that count for nothing until a person clears them, in the whole repository.',
  ),
  circuits: z.strictObject({ closed: count, open: count, half_open: count }),
  spend: spendShape,
  eta: z
    .strictObject({
      p50Ms: milliseconds.describe('Half of all runs like it end before.'),
      p90Ms: milliseconds.describe('Nine of ten runs like it end before.'),
    })
    .nullable()
    .describe('Null until enough tasks have landed to tell.'),
  base: z
    .strictObject({ tests: count, failing: count, flaky: count, durationMs: milliseconds })
    .nullable()
    .describe('The measured base; null when no run has measured it yet.'),
})
export type Status = Immutable<z.infer<typeof statusShape>>
