import { z } from 'zod'
import { CIRCUIT_LEVELS } from '../../domain/circuit.ts'
import type { Immutable } from '../immutable.ts'
import { personWaitShape } from './people.ts'
import {
  count,
  instant,
  keyShape,
  lostShape,
  milliseconds,
  silenceShape,
  spendShape,
  taskCountsShape,
} from './parts.ts'
import { basisShape, intervalShape } from './run-forecast.ts'

const runShape = z.strictObject({
  id: z.string(),
  title: z.string(),
  state: z.enum(['planned', 'running', 'paused', 'interrupted', 'completed', 'incomplete']),
  startedAt: instant.nullable(),
  target: z.string().nullable(),
  reason: z.string().nullable().describe('Why it is in this state, where there is more to say.'),
  resume: z
    .strictObject({
      command: z.string().describe('The line to type.'),
      at: instant
        .nullable()
        .describe('Before then it pauses again where nobody watches; null where it goes on at once.'),
    })
    .nullable()
    .describe('How a run that was paused or interrupted goes on; null in any other state.'),
  silence: silenceShape.nullable(),
})

const heldShape = z.strictObject({
  level: z.enum(CIRCUIT_LEVELS),
  id: z.string().describe('`task:stage`, `worker_N`, or `system`.'),
  cause: z.string().nullable().describe('What opened it last.'),
  waitsFor: z.enum(['time', 'probe', 'person']),
  until: instant
    .nullable()
    .describe(
      'The end of its wait, or when its first probe counts as lost; null where a person is waited for.',
    ),
  next: z.string().nullable().describe('With what a person lets go on what it holds back.'),
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
  lost: lostShape,
  workers: z.array(workerShape),
  waits: z.array(personWaitShape).describe('What waits for people; at most 20 of them.'),
  quarantined: count.describe(
    'Tests that count for nothing until a person clears them, in the whole repository.',
  ),
  again: z
    .strictObject({
      tasks: count,
      at: instant.describe('When the first of them may be claimed.'),
      reason: z.string().nullable().describe('Why that one waits.'),
    })
    .nullable()
    .describe('Tasks that are tried again at a time that is yet to come; null where none is.'),
  circuits: z.strictObject({ closed: count, open: count, half_open: count }),
  held: z
    .array(heldShape)
    .describe('Circuits that hold work back now, what holds most back first; at most 20 of them.'),
  spend: spendShape,
  eta: z
    .strictObject({
      p50Ms: milliseconds.describe('Half of all runs like it end before; waits of circuits are part of it.'),
      p90Ms: milliseconds.describe('Nine of ten runs like it end before.'),
    })
    .nullable()
    .describe('Null until enough tasks have landed to tell.'),
  cost: z
    .strictObject({
      calls: intervalShape,
      tokens: intervalShape.nullable(),
      usd: intervalShape.nullable(),
      basis: basisShape,
    })
    .nullable()
    .describe('What is left may still take; null where the run has ended, or has more than 5000 tasks.'),
  base: z
    .strictObject({ tests: count, failing: count, flaky: count, durationMs: milliseconds })
    .nullable()
    .describe('The measured base; null when no run has measured it yet.'),
})
export type Status = Immutable<z.infer<typeof statusShape>>
