import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Receiver } from '../../src/config/receivers.ts'
import type { NotificationMessage } from '../../src/domain/notification.ts'
import { deliver, type Delivery, type DeliveryTerms } from '../../src/notify/deliver.ts'
import { answering, SECRET_PATH, type WebhookServer, webhookServer } from '../support/webhook-server.ts'

const SECRET = 'sixteen characters and more'
const NOW = 1_700_000_000_000
const MESSAGE: NotificationMessage = {
  id: 'm1',
  run: { id: 'r', title: 'A plan' },
  at: NOW,
  notifications: [
    {
      event: 1,
      subject: 'task:A',
      condition: 'failed',
      severity: 'warning',
      title: 'A failed',
      what: 'It failed.',
      why: null,
      since: NOW,
      whatToDo: null,
    },
  ],
}

describe('delivery to a webhook', () => {
  let server: WebhookServer
  beforeEach(async () => {
    server = await webhookServer()
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const send = (over: Partial<Receiver> = {}, terms: Partial<DeliveryTerms> = {}): Promise<Delivery> =>
    deliver({ name: 'webhook', url: server.url, secret: SECRET, allowPrivate: true, ...over }, MESSAGE, {
      now: NOW,
      signal: new AbortController().signal,
      ...terms,
    })

  it('is signed so that a receiver knows who wrote it, as the documentation shows', async () => {
    expect(await send()).toEqual({ kind: 'sent' })
    const [letter] = server.received
    if (letter === undefined) throw new Error('nothing was received')
    const { headers, body } = letter
    const isOurs = await documentedCheck()
    const given = { headers, body, secret: SECRET, now: NOW }
    expect(isOurs(given)).toBe(true)
    expect(isOurs({ ...given, body: `${body} ` })).toBe(false)
    expect(isOurs({ ...given, secret: `${SECRET}!` })).toBe(false)
    expect(isOurs({ ...given, now: NOW + 600_000 })).toBe(false)
    expect(isOurs({ ...given, headers: {} })).toBe(false)
    expect(headers).toMatchObject({
      'x-tdd-message': 'm1',
      'content-type': 'application/json; charset=utf-8',
    })
    expect(JSON.parse(body)).toMatchObject({ version: 1, id: 'm1', notifications: [{ title: 'A failed' }] })
  })

  it('is unsigned to Slack, whose address is the secret', async () => {
    await send({ name: 'slack', secret: null })
    expect(server.received[0]?.headers['x-tdd-signature']).toBeUndefined()
    expect(JSON.parse(server.received[0]?.body ?? '')).toHaveProperty('blocks')
  })

  const hangs: RequestListener = () => undefined
  const drips: RequestListener = (_, response) => {
    response.writeHead(500).write('x')
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  }
  const breaksOff =
    (status: number): RequestListener =>
    (_, response) => {
      response.writeHead(status, { 'Content-Length': '1000' })
      response.write('half', () => response.destroy())
    }
  const closes: RequestListener = (request) => void request.socket.destroy()
  const huge =
    (status: number): RequestListener =>
    (_, response) =>
      void response.writeHead(status).end('y'.repeat(30_000_000))
  const switches: RequestListener = (request) =>
    void request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')

  it.each<readonly [string, RequestListener, Delivery]>([
    ['says 204', answering(204), { kind: 'sent' }],
    ['took it and breaks off', breaksOff(200), { kind: 'sent' }],
    ['took it and says more than anybody wants', huge(200), { kind: 'sent' }],
    ['hangs', hangs, retry('it gave no answer within 1 s')],
    ['fails and drips', drips, retry('it answered 500')],
    ['fails and breaks off', breaksOff(502), retry('it answered 502')],
    ['closes', closes, retry('socket hang up')],
    ['changes to another protocol', switches, retry(expect.any(String) as string)],
    ['fails', answering(500, 'oops\n\u001b[31m'), retry('it answered 500')],
    ['fails at length', huge(500), retry('it answered 500')],
    ['is busy', answering(429, '', { 'Retry-After': '30' }), retry('it answered 429', 30_000)],
    [
      'is busy for years',
      answering(429, '', { 'Retry-After': '99999999' }),
      retry('it answered 429', 3_600_000),
    ],
    [
      'is busy until a time',
      answering(503, '', { 'Retry-After': new Date(NOW + 5_000).toUTCString() }),
      retry('it answered 503', 5_000),
    ],
    ['is busy and says it badly', answering(429, '', { 'Retry-After': 'soon' }), retry('it answered 429')],
    ['does not know it', answering(404, 'no_service\n'), givenUp('it answered 404 (no_service)')],
    ['does not know it, at length', answering(404, 'no_service here'), givenUp('it answered 404')],
    [
      'wants it elsewhere',
      answering(302, '', { Location: '/' }),
      givenUp('it answered 302, and a redirect is not followed'),
    ],
    [
      'wants it elsewhere for ever',
      answering(308, '', { Location: 'http://x/' }),
      givenUp('it answered 308, and a redirect is not followed'),
    ],
  ])('where the receiver %s', async (_, answer, expected) => {
    server.answer(answer)
    // Only where the receiver never ends is the time waited for; the others have all that a busy machine needs.
    const timeoutMs = answer === hangs || answer === drips ? 1_000 : 60_000
    expect(await send({}, { timeoutMs })).toEqual(hostless(expected))
    expect(server.received).toHaveLength(1)
  })

  it.each<readonly [string, (address: string) => string]>([
    ['as it stands', (address) => `no ${address} ${SECRET} ${SECRET_PATH}`],
    ['one value of it', () => 'unknown token SECRETtoken'],
    ['escaped for HTML', (address) => address.replaceAll('&', '&amp;').replaceAll('/', '&#x2F;')],
    ['escaped for JSON', (address) => JSON.stringify({ address }).replaceAll('/', '\\/')],
    ['encoded', encodeURIComponent],
    ['decoded', decodeURIComponent],
    ['in capitals', (address) => address.toUpperCase()],
    ['cut off', (address) => address.slice(0, 30)],
  ])('says nothing of the address that a receiver says back: %s', async (_, echo) => {
    server.answer((request, response) => void response.writeHead(404).end(echo(request.url ?? '')))
    const url = new URL(`${server.url.href}&b=1`)
    expect(await send({ name: 'slack', secret: null, url })).toEqual(hostless(givenUp('it answered 404')))
  })

  it('goes to no address of our own network unless that is allowed, by number or by name', async () => {
    const port = server.url.port
    const addresses = [
      `http://127.0.0.1:${port}/`,
      `https://127.0.0.1:${port}/`,
      `https://[::1]:${port}/`,
      `https://[::ffff:127.0.0.1]:${port}/`,
      `https://2130706433:${port}/`,
      `https://0x7f.1:${port}/`,
      `https://localhost:${port}/`,
      'https://169.254.169.254/latest/meta-data/',
    ]
    for (const address of addresses) {
      expect(await send({ url: new URL(address), allowPrivate: false })).toMatchObject({
        kind: 'given_up',
        error: expect.stringContaining('is not of the public internet'),
      })
    }
    expect(server.received).toEqual([])
  })

  it('speaks without encryption to nobody outside', async () => {
    expect(await send({ url: new URL('http://8.8.8.8/') })).toMatchObject({
      kind: 'given_up',
      error: expect.stringContaining('is public'),
    })
  })

  it('reaches a name of our own network where that is allowed', async () => {
    expect(await send({ url: new URL(`http://localhost:${server.url.port}/`) })).toEqual({ kind: 'sent' })
  })

  it('ends at once when the run does', async () => {
    const leaving = new AbortController()
    server.answer(() => leaving.abort())
    expect(await send({}, { signal: leaving.signal })).toEqual(hostless(retry('the run ended meanwhile')))
  })

  it('fails where nobody listens', async () => {
    const url = server.url
    await server[Symbol.asyncDispose]()
    server = await webhookServer()
    expect(await send({ url })).toMatchObject({
      kind: 'retry',
      error: expect.stringContaining('ECONNREFUSED'),
    })
  })

  /** Errors name the host, whose port differs each time. */
  const hostless = (expected: Delivery): unknown => {
    if (expected.kind === 'sent') return expected
    const { error } = expected
    return {
      ...expected,
      error: typeof error === 'string' ? `${server.url.host}: ${error}` : error,
    }
  }
})

type Check = (given: {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  readonly secret: string
  readonly now: number
}) => boolean

/** The lines that the documentation gives to receivers, as they stand. */
async function documentedCheck(): Promise<Check> {
  const page = readFileSync(new URL('../../docs/notifications.md', import.meta.url), 'utf8')
  const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const address = `data:text/javascript,${encodeURIComponent(code)}`
  const module = (await import(/* @vite-ignore */ address)) as { readonly isOurs: Check }
  return module.isOurs
}

function retry(error: string, afterMs: number | null = null): Delivery {
  return { kind: 'retry', error, afterMs }
}

function givenUp(error: string): Delivery {
  return { kind: 'given_up', error }
}
