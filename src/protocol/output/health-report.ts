import { z } from 'zod'
import type { Immutable } from '../immutable.ts'
import { circuitsHealthShape } from './circuits-report.ts'
import { count, instant, lostShape, silenceShape } from './parts.ts'

/** The health of the current run: that of its circuits by the one rule, and what a person wants to know beside it. */
export const healthReportShape = z.strictObject({
  status: circuitsHealthShape.shape.status,
  reasons: circuitsHealthShape.shape.reasons,
  circuits: circuitsHealthShape.pick({
    total: true,
    closed: true,
    open: true,
    half_open: true,
    flapping: true,
    ended: true,
  }),
  store: z.strictObject({
    readable: z.boolean().describe('True as well where nothing was stored yet.'),
    problem: z.string().nullable().describe('Why it cannot be read.'),
  }),
  run: z
    .strictObject({
      id: z.string(),
      state: z.string().describe('As `status` shows it.'),
      live: z.boolean().describe('Whether a process works on it.'),
      silence: silenceShape.nullable(),
    })
    .nullable(),
  staleClaims: count.describe('Claims whose lease is over and that nobody rescued yet.'),
  lost: lostShape,
  lastEvent: z.strictObject({ seq: count, at: instant }).nullable().describe('The newest of the event log.'),
})
export type HealthReport = Immutable<z.infer<typeof healthReportShape>>
