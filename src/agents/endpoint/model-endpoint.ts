import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../runtime/clock.ts'
import { CALLER_HEADERS } from '../caller-headers.ts'
import { type Caller, type ModelAnswer, type ModelCall, NO_TOKENS, type TokenCounts } from './model-call.ts'
import { MESSAGES_API } from './messages-api.ts'
import { RESPONSES_API } from './responses-api.ts'
import { tellAnswer } from './tell-answer.ts'
import { inDialect } from './tool-dialect.ts'
import type { WireApi } from './wire-api.ts'

/** An endpoint of the Messages API of Anthropic and of the Responses API of OpenAI on the loopback, whose model is played. */
export interface ModelEndpoint extends AsyncDisposable {
  /** What `ANTHROPIC_BASE_URL` is set to. */
  readonly url: string
  /** Everything that was answered, oldest first. */
  readonly ledger: readonly LedgerEntry[]
}

/** One answer, as a provider would charge it. */
interface LedgerEntry {
  readonly caller: Caller | null
  readonly model: string
  readonly status: number
  /** Nothing for an error; what had been told for an answer that broke off. */
  readonly usage: TokenCounts
  /** The client took the answer to its end. */
  readonly whole: boolean
}

interface EndpointOptions {
  readonly answer: (call: ModelCall) => ModelAnswer
  readonly clock: Clock
  /** Of every answer, as what a provider tells of a subscription. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>>
}

const MOST_REQUEST_BYTES = 64 * 1024 * 1024

export async function openModelEndpoint({
  answer,
  clock,
  headers = () => ({}),
}: EndpointOptions): Promise<ModelEndpoint> {
  const ledger: LedgerEntry[] = []
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers())) response.setHeader(name, value)
    void serve(request, response, { answer, clock, ledger }).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    ledger,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Serving extends EndpointOptions {
  readonly ledger: LedgerEntry[]
}

async function serve(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const body = await bodyOf(request)
  const { pathname } = new URL(request.url ?? '/', 'http://endpoint')
  if (request.method === 'POST' && pathname.endsWith('/count_tokens'))
    return json(response, 200, { input_tokens: Math.ceil(body.length / 4) })
  const api = apiAt(pathname)
  const call = api?.parse(body, callerOf(request)) ?? null
  if (request.method !== 'POST' || api === null || call === null)
    return json(response, 404, MESSAGES_API.error('not_found_error', 'no such thing here'))
  // Of its own accord a client asks for titles and the like.
  const told: ModelAnswer =
    call.tools.length === 0
      ? { kind: 'message', blocks: [{ type: 'text', text: 'ok' }], usage: NO_TOKENS }
      : inDialect(serving.answer(call), call.tools)
  const enter = (entry: Pick<LedgerEntry, 'status' | 'usage' | 'whole'>): void => {
    serving.ledger.push({ caller: call.caller, model: call.model, ...entry })
  }
  if (told.kind === 'error') {
    enter({ status: told.status, usage: NO_TOKENS, whole: true })
    for (const [name, value] of Object.entries(told.headers)) response.setHeader(name, value)
    return json(response, told.status, api.error(told.type, told.message))
  }
  if (told.kind === 'message' && !call.streamed) {
    enter({ status: 200, usage: told.usage, whole: true })
    return json(response, 200, api.whole(told, call))
  }
  await tellAnswer(response, { told, call, clock: serving.clock, api })
  if (told.kind === 'message') enter({ status: 200, usage: told.usage, whole: response.writableFinished })
  else {
    const begun = told.kind === 'dropped' ? NO_TOKENS : told.usage
    enter({ status: 200, usage: { ...begun, outputTokens: 0 }, whole: false })
  }
}

function apiAt(pathname: string): WireApi | null {
  if (pathname.endsWith('/v1/messages')) return MESSAGES_API
  return pathname.endsWith('/v1/responses') ? RESPONSES_API : null
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_REQUEST_BYTES) throw new Error('the request is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function callerOf({ headers }: IncomingMessage): Caller | null {
  const said = (name: string): string | null => {
    const value = headers[name]
    return typeof value === 'string' ? value : null
  }
  const [task, stage, attempt] = [
    said(CALLER_HEADERS.task),
    said(CALLER_HEADERS.stage),
    said(CALLER_HEADERS.attempt),
  ]
  if (task === null || stage === null || attempt === null) return null
  return { task, stage, attempt, playIndex: Number(said(CALLER_HEADERS.playIndex) ?? 0) }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
