import { z } from 'zod'
import { EVENT_KINDS } from '../../domain/event.ts'
import { instant, keyShape } from './parts.ts'

/** One event of the log. */
export const eventShape = z.strictObject({
  seq: z.int().min(1).describe('Grows; may have holes. Who has read up to N has seen every event up to N.'),
  at: instant,
  run: z.string().nullable(),
  kind: z.enum(EVENT_KINDS),
  task: keyShape.nullable(),
  attempt: z.int().nullable(),
  data: z.record(z.string(), z.unknown()).describe('What the kind of event carries.'),
})
