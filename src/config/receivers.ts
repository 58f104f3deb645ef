import type { ReceiverName } from '../domain/notification.ts'
import { OrchestratorError } from '../errors.ts'
import type { LoadedConfig } from './load.ts'

/** Where people are told. The address of a webhook is a secret: who knows it can write there. */
export interface Receiver {
  readonly name: ReceiverName
  readonly url: URL
  /** What messages are signed with; null where the receiver asks for no signature. */
  readonly secret: string | null
  /** Addresses of our own network may be reached, and without encryption. */
  readonly allowPrivate: boolean
}

const LONGEST_ADDRESS = 2_048
const SHORTEST_SECRET = 16

/** The receivers as they are configured. Throws config_invalid, or usage for a flag, and never names the secret part. */
export function receiversOf(loaded: Pick<LoadedConfig, 'config' | 'origins'>): Receiver[] {
  const { slackWebhook, webhook, webhookSecret, allowPrivate } = loaded.config.notify
  const receivers: Receiver[] = []
  if (slackWebhook !== null) {
    const url = addressOf(slackWebhook, { loaded, option: 'slackWebhook', allowPrivate })
    receivers.push({ name: 'slack', url, secret: null, allowPrivate })
  }
  if (webhook !== null) {
    const url = addressOf(webhook, { loaded, option: 'webhook', allowPrivate })
    receivers.push({ name: 'webhook', url, secret: secretOf(webhookSecret), allowPrivate })
  }
  return receivers
}

interface Asked {
  readonly loaded: Pick<LoadedConfig, 'origins'>
  readonly option: 'slackWebhook' | 'webhook'
  readonly allowPrivate: boolean
}

function addressOf(text: string, asked: Asked): URL {
  const url = text.length > LONGEST_ADDRESS ? null : URL.parse(text)
  const problem = url === null ? 'is not a web address' : faultOf(url, asked.allowPrivate)
  if (url !== null && problem === null) return url
  const path = `notify.${asked.option}`
  const code = asked.loaded.origins[path] === 'flag' ? 'usage' : 'config_invalid'
  const names = { slackWebhook: 'SLACK_WEBHOOK_URL, or --slack-webhook', webhook: 'TDD_NOTIFY_WEBHOOK' }
  throw new OrchestratorError(code, `The address of ${path} ${problem}.`, {
    hint: `Give the whole address, https://…, in ${names[asked.option]}; or leave it out, and nobody is told there. It is not shown here, because it is a secret.`,
  })
}

function faultOf(url: URL, allowPrivate: boolean): string | null {
  if (url.username !== '' || url.password !== '') return 'holds a user name or password, which is not sent'
  if (url.protocol === 'https:') return null
  if (url.protocol !== 'http:') return 'does not begin with https://'
  return allowPrivate
    ? null
    : 'begins with http://, which is for addresses of your own network and needs notify.allowPrivate'
}

function secretOf(secret: string | null): string {
  if (secret !== null && secret.length >= SHORTEST_SECRET) return secret
  const what = secret === null ? 'is not set' : `is shorter than ${SHORTEST_SECRET} characters`
  throw new OrchestratorError('config_invalid', `notify.webhook is set, and notify.webhookSecret ${what}.`, {
    hint: 'Messages are signed with it, so that the receiver knows them to be yours: export TDD_NOTIFY_WEBHOOK_SECRET="$(openssl rand -hex 32)", and give the receiver the same.',
  })
}
