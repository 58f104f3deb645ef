import { z } from 'zod'
import { SEVERITIES } from '../domain/notification.ts'

const milliseconds = z.int().describe('Milliseconds since the epoch.')

/** What a webhook receives, signed: docs/notifications.md. Fields are only ever added. */
export const notificationShape = z.strictObject({
  version: z.literal(1),
  id: z.string().describe('Of this message. A message that is sent again has the same.'),
  at: milliseconds,
  run: z.strictObject({ id: z.string(), title: z.string().describe('Of its plan.') }),
  notifications: z
    .array(
      z.strictObject({
        event: z.int().describe('The number of the event in the log of the store.'),
        subject: z
          .string()
          .describe(
            '`circuit:worker:worker_1`, `circuit:system:system`, `task:KEY`, `landing:KEY`, `budget` or `run`.',
          ),
        condition: z
          .string()
          .describe(
            'Of a circuit: `open`, `exhausted`, `replaced`, `flapping`, `closed`. Of a task: `failed`, `needs_human`. Of a landing: `lost`. Of a budget: `nearly_spent`. Of a run: `paused`, `interrupted`, `completed`, `incomplete`.',
          ),
        severity: z.enum(SEVERITIES),
        title: z.string(),
        what: z.string(),
        why: z.string().nullable(),
        since: milliseconds,
        whatToDo: z.string().nullable().describe('A command to type.'),
      }),
    )
    .min(1),
})
