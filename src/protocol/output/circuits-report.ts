import { z } from 'zod'
import { CIRCUIT_ENDS } from '../../domain/circuit-end.ts'
import type { Immutable } from '../immutable.ts'
import { count, instant } from './parts.ts'

const levelShape = z.enum(['stage', 'worker', 'system'])
const stateShape = z.enum(['closed', 'open', 'half_open'])

const circuitShape = z.strictObject({
  level: levelShape,
  id: z.string().describe('`task:stage`, `worker_N`, or `system`.'),
  state: stateShape,
  since: instant.describe('When it came into this state.'),
  failures: count.describe('Failures in a row that it counts while it is closed.'),
  probes: count.describe('Probes under way while it is half open.'),
  probesGone: count.describe(
    'Probes whose attempt or process is gone: nothing comes of them, and they count until `probesUntil`.',
  ),
  probesUntil: instant.nullable().describe('When the first of its probes counts as lost; null without one.'),
  probeAt: instant
    .nullable()
    .describe('When a probe may start; null while it is not open, and where only a person closes it.'),
  trips: count.describe('How often it opened from closed.'),
  extensions: count.describe('How often in a row a probe failed.'),
  cause: z.string().nullable().describe('What opened it last.'),
  flapping: z.boolean(),
  triedBy: z
    .string()
    .nullable()
    .describe('The worker that tried the stage last; null at other levels, and where none of the run did.'),
  ended: z
    .enum(CIRCUIT_ENDS)
    .nullable()
    .describe(
      'What became of its task, its worker or its run, once that goes on no more by itself; null until then.',
    ),
  next: z
    .string()
    .nullable()
    .describe('With what a person lets go on what it holds back; null where it holds nothing back.'),
})

/** The circuits of the current run that ever counted a failure. */
export const circuitsStatusShape = z.strictObject({ circuits: z.array(circuitShape) })
export type CircuitsStatus = Immutable<z.infer<typeof circuitsStatusShape>>

const circuitEventShape = z.strictObject({
  at: instant,
  level: levelShape,
  id: z.string(),
  kind: z
    .string()
    .describe('`state_change`, `probe_started`, `extension_applied`, `manual_reset` and so on.'),
  from: z.string().nullable(),
  to: z.string().nullable(),
  cause: z.string().nullable(),
  data: z.record(z.string(), z.unknown()).describe('The numbers behind it.'),
})

/** What happened to circuits of the current run, the latest last. */
export const circuitsHistoryShape = z.strictObject({ events: z.array(circuitEventShape) })
export type CircuitsHistory = Immutable<z.infer<typeof circuitsHistoryShape>>

/** Why a circuit is as it is. */
export const circuitsExplainShape = z.strictObject({
  circuit: circuitShape,
  opened: circuitEventShape.nullable().describe('What opened it last; null where it never did.'),
  guards: z.string().describe('What it holds back while it is not closed.'),
  waitsFor: z.string(),
  closedBy: z.string().describe('What closes it, or what would open it.'),
})
export type CircuitsExplain = Immutable<z.infer<typeof circuitsExplainShape>>

/** The health of the current run's circuits. */
export const circuitsHealthShape = z.strictObject({
  status: z.enum(['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN']),
  total: count,
  closed: count,
  open: count,
  half_open: count,
  flapping: count,
  ended: count.describe('Of the open and half open ones, those whose task, worker or run goes on no more.'),
  reasons: z.array(z.string()).describe('Why it is not HEALTHY, the gravest first.'),
})

/** The circuits that a person closed, with the state that each was in. */
export const circuitsResetShape = z.strictObject({
  reset: z.array(
    z.strictObject({
      level: levelShape,
      id: z.string(),
      from: stateShape,
      next: z
        .string()
        .nullable()
        .describe(
          'What its task, or a worker that has retired, needs as well; null where nothing more is needed.',
        ),
    }),
  ),
})
export type CircuitsReset = Immutable<z.infer<typeof circuitsResetShape>>
