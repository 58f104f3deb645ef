import type { Receiver } from '../config/receivers.ts'
import type { NotificationMessage } from '../domain/notification.ts'
import { plainText } from '../domain/plain-text.ts'
import { post, type PostEnd } from './post.ts'
import { slackLetter } from './slack-letter.ts'
import { webhookLetter } from './webhook-letter.ts'

export type Delivery =
  | { readonly kind: 'sent' }
  /** It may go well another time; `afterMs` where the receiver said when. */
  | { readonly kind: 'retry'; readonly error: string; readonly afterMs: number | null }
  /** It will not go well another time either. */
  | { readonly kind: 'given_up'; readonly error: string }

export interface DeliveryTerms {
  readonly now: number
  readonly signal: AbortSignal
  /** Of one try. Default 10 s. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000
const LONGEST_ERROR = 300
/** What a receiver may ask us to wait. */
const LONGEST_WAIT_MS = 3_600_000
/** Answers of 4xx that mean "not now": time-out, too early, too many. */
const NOT_NOW = new Set([408, 425, 429])
/**
 * What Slack says is wrong. Nothing else of an answer is quoted: it may say our address back in any form, and the address
 * is the secret.
 */
const SLACK_ERRORS: ReadonlySet<string> = new Set([
  'action_prohibited',
  'channel_is_archived',
  'channel_not_found',
  'invalid_attachments',
  'invalid_blocks',
  'invalid_payload',
  'invalid_token',
  'missing_text_or_fallback_or_attachments',
  'no_active_hooks',
  'no_service',
  'no_service_id',
  'no_team',
  'no_text',
  'posting_to_general_channel_denied',
  'rate_limited',
  'rollup_error',
  'server_error',
  'team_disabled',
  'token_revoked',
  'too_many_attachments',
  'user_not_found',
])

/** Tries once to hand a message to its receiver. Never throws; what it says holds nothing of the receiver's address but the host. */
export async function deliver(
  receiver: Receiver,
  message: NotificationMessage,
  terms: DeliveryTerms,
): Promise<Delivery> {
  const { url, secret, allowPrivate } = receiver
  const { now, signal, timeoutMs = TIMEOUT_MS } = terms
  const letter = secret === null ? slackLetter(message) : webhookLetter(message, { secret, now })
  const end = await post({ url, ...letter, allowPrivate, signal, timeoutMs })
  const delivery = judge(end, now)
  if (delivery.kind === 'sent') return delivery
  return { ...delivery, error: `${url.host}: ${plainText(delivery.error, LONGEST_ERROR)}` }
}

function judge(end: PostEnd, now: number): Delivery {
  if (end.kind === 'refused') return { kind: 'given_up', error: end.reason }
  if (end.kind === 'failed') return { kind: 'retry', error: end.reason, afterMs: null }
  const { status, text, retryAfter } = end
  if (status >= 200 && status < 300) return { kind: 'sent' }
  const word = text.trim()
  const error = `it answered ${status}${SLACK_ERRORS.has(word) ? ` (${word})` : ''}`
  if (status >= 300 && status < 400)
    return { kind: 'given_up', error: `it answered ${status}, and a redirect is not followed` }
  if (status < 500 && !NOT_NOW.has(status)) return { kind: 'given_up', error }
  return { kind: 'retry', error, afterMs: waitOf(retryAfter, now) }
}

/** Seconds, or a date. */
function waitOf(retryAfter: string | null, now: number): number | null {
  if (retryAfter === null) return null
  const asked = /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now
  return Number.isFinite(asked) ? Math.min(LONGEST_WAIT_MS, Math.max(0, asked)) : null
}
