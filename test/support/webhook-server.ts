import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { once } from 'node:events'

export interface ReceivedLetter {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server of this machine that collects what is posted to it and answers as a test wants, by default with 200. */
export interface WebhookServer extends AsyncDisposable {
  /** With a path that must be seen nowhere. */
  readonly url: URL
  readonly received: readonly ReceivedLetter[]
  /** The next answers, in order; then it is well again. */
  answer(...answers: readonly RequestListener[]): void
  /** Resolves when so many letters have come. */
  until(count: number): Promise<void>
}

export const SECRET_PATH = 'T0SECRET/B0SECRET/abcSECRETdef'

export async function webhookServer(): Promise<WebhookServer> {
  const received: ReceivedLetter[] = []
  const answers: RequestListener[] = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') })
      const answer = answers.shift() ?? ((_, ok) => ok.end('ok'))
      answer(request, response)
      for (const look of waiting) look()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: new URL(`http://127.0.0.1:${address.port}/services/${SECRET_PATH}?token=SECRETtoken`),
    received,
    answer: (...next) => void answers.push(...next),
    until: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Says so once and nothing else. */
export function answering(
  status: number,
  text = '',
  headers: Readonly<Record<string, string>> = {},
): RequestListener {
  return (_, response) => void response.writeHead(status, headers).end(text)
}
