import { z } from 'zod'
import { STAGES } from '../../domain/stage.ts'
import { count, instant, keyShape, milliseconds, resourcesShape, spendShape } from './parts.ts'

const at = instant
const entryShape = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('begun'),
      at,
      run: z.string(),
      task: keyShape,
      stage: z.enum(STAGES),
      attempt: z.int().describe('Its id in the store.'),
      agent: z.string(),
    }),
    z.strictObject({ kind: z.literal('said'), at, text: z.string() }),
    z.strictObject({
      kind: z.literal('note'),
      at,
      text: z.string().describe('Said by this program, such as what the prompt had no room for.'),
    }),
    z.strictObject({
      kind: z.literal('tool'),
      at,
      name: z.string(),
      detail: z.string().describe('One line that says what it was used on.'),
      call: z.string().optional().describe('The same for a use and its outcome.'),
      input: z.string().optional().describe('What it was given; of a long one both ends.'),
      outcome: z
        .strictObject({ failed: z.boolean(), text: z.string() })
        .optional()
        .describe('Where it has ended: a second entry for the same use.'),
    }),
    z.strictObject({
      kind: z.literal('usage'),
      at,
      inputTokens: count,
      outputTokens: count,
      cacheReadTokens: count,
      cacheWriteTokens: count,
      costUsd: z.number().min(0),
    }),
    z.strictObject({ kind: z.literal('limited'), at, cause: z.string(), until: instant }),
    z.strictObject({ kind: z.literal('result'), at, result: z.string(), detail: z.string() }),
    z.strictObject({
      kind: z.literal('gap'),
      at,
      entries: count.describe('So many were not kept.'),
      reason: z.string(),
    }),
    z.strictObject({ kind: z.literal('ended'), at }),
  ])
  .describe('What the agent told at one moment. `usage` is the sum so far.')

const OUTCOMES = [
  'running',
  'accepted',
  'refused',
  'gave_up',
  'disputed',
  'dispute_rejected',
  'lost',
] as const

/** What the agents of one task said and did, oldest attempt first. */
export const taskLogShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  task: keyShape,
  attempts: z.array(
    z.strictObject({
      attempt: count.describe('Its number.'),
      generation: count,
      stage: z.enum(STAGES),
      agent: z.string().nullable(),
      outcome: z.enum(OUTCOMES),
      startedAt: instant,
      endedAt: instant.nullable(),
      agentMs: milliseconds.describe('How long its agent worked.'),
      spend: spendShape,
      estimated: z.boolean().describe('What it used is not known and was estimated.'),
      transcript: z.string().describe('The entries as text.'),
      entries: z.array(entryShape),
      whole: z
        .boolean()
        .describe(
          'Nothing is missing but what a `gap` tells; false where a process was killed or nothing is kept.',
        ),
      resources: resourcesShape.nullable(),
    }),
  ),
})

/** One line of `--follow`: an entry, or, where it is null, the end of an attempt. */
export const taskLogEntryShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  task: keyShape,
  attempt: count.describe('Its number.'),
  generation: count,
  stage: z.enum(STAGES),
  outcome: z.enum(OUTCOMES),
  entry: entryShape.nullable(),
  whole: z
    .boolean()
    .nullable()
    .describe('At the end of an attempt: nothing is missing. Null before, and where nothing is kept.'),
})
