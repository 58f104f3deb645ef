import { createHmac } from 'node:crypto'
import type { z } from 'zod'
import type { NotificationMessage } from '../domain/notification.ts'
import type { notificationShape } from '../protocol/notification-file.ts'

/** What is posted: the body, and headers beside those that every letter has. */
export interface Letter {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A message as JSON, signed: the receiver knows who wrote it, when, and whether it has it already. */
export function webhookLetter(
  message: NotificationMessage,
  { secret, now }: { readonly secret: string; readonly now: number },
): Letter {
  const { id, at, run, notifications } = message
  const content: z.infer<typeof notificationShape> = {
    version: 1,
    id,
    at,
    run,
    notifications: notifications.map((each) => ({ ...each })),
  }
  const body = JSON.stringify(content)
  const timestamp = String(Math.floor(now / 1_000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return {
    body,
    headers: {
      'X-TDD-Message': id,
      'X-TDD-Timestamp': timestamp,
      'X-TDD-Signature': `sha256=${signature}`,
    },
  }
}
