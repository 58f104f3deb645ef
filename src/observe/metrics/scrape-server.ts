import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { hostname } from 'node:os'
import { messageOf, OrchestratorError } from '../../errors.ts'
import { systemClock } from '../../runtime/clock.ts'
import { isGrave, readHealth } from '../health.ts'
import { collectorAt, type MetricsCollector } from './collector.ts'
import { boundConnections } from './connections.ts'
import { hasCode } from '../../runtime/has-code.ts'

/** Answers scrapes until it is disposed. */
interface ScrapeServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Of the page of metrics. */
  readonly url: string
}

interface ScrapeOptions {
  /** An address, or `localhost`. One that other machines reach needs `expose`. */
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  readonly expose: boolean
  /** Path of the store; there may be none yet. */
  readonly db: string
}

/** Serves `/metrics`, `/health`, `/health/live` and `/health/ready` of a store. Throws usage and address_unusable. */
export async function openScrapeServer(options: ScrapeOptions): Promise<ScrapeServer> {
  const host = requireHost(options)
  const collector = collectorAt(options.db)
  const names = namesOf(host)
  let underWay = 0
  const server = createServer(LIMITS, (request, response) => {
    underWay += 1
    response.once('close', () => {
      underWay -= 1
    })
    const refused = underWay > AT_ONCE ? text(503, 'Too much is asked at once.') : refusalOf(request, names)
    if (refused !== null) return send(response, refused)
    void answerOf(targetOf(request).path, { collector, db: options.db }).then((answer) =>
      send(response, answer),
    )
  })
  boundConnections(server, CONNECTIONS)
  server.timeout = IDLE_MS
  await listen(server, { host, port: options.port })
  const { port } = server.address() as AddressInfo
  const authority = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`
  return {
    host,
    port,
    url: `http://${authority}/metrics`,
    [Symbol.asyncDispose]: () => close(server),
  }
}

const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
} as const
/** A scraper needs one or two. */
const CONNECTIONS = 64
/** Requests that are answered at once, over all connections; one connection may send many before it reads. */
const AT_ONCE = 16
/** A connection over which nothing went for so long is closed, one that does not take its answer too. */
const IDLE_MS = 30_000

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1)$/

function requireHost({ host, expose }: ScrapeOptions): string {
  const address = host === 'localhost' ? '127.0.0.1' : host
  if (isIP(address) === 0) {
    throw new OrchestratorError('usage', `--host ${JSON.stringify(host)} is no address`, {
      hint: 'For example --host 127.0.0.1, or --host ::1.',
    })
  }
  if (LOOPBACK.test(address) || expose) return address
  throw new OrchestratorError('usage', `--host ${host} lets other machines read the metrics of this one`, {
    hint: 'Nobody is asked who they are. If that is meant, add --expose.',
  })
}

/**
 * What the Host header may say. A page in somebody's browser can have its own name resolve to this machine, and is then
 * let read what we answer; its name gives it away. Where other machines may ask, they may name us by any address.
 */
interface KnownNames {
  readonly names: ReadonlySet<string>
  readonly anyAddress: boolean
}

function namesOf(host: string): KnownNames {
  const local = ['localhost', '127.0.0.1', '::1', host]
  if (LOOPBACK.test(host)) return { names: new Set(local), anyAddress: false }
  return { names: new Set([...local, hostname().toLowerCase()]), anyAddress: true }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

function refusalOf(request: IncomingMessage, { names, anyAddress }: KnownNames): Answer | null {
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET and HEAD are answered.')
  const { authority } = targetOf(request)
  const isUs = [request.headers.host ?? '', ...(authority === null ? [] : [authority])]
    .map(nameIn)
    .every((name) => names.has(name) || (anyAddress && isIP(name) !== 0))
  return isUs ? null : text(403, 'The Host header does not name this machine.')
}

function nameIn(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

/** What is asked for, of whom where the request line says it (RFC 9112, 3.2.2: proxies write whole addresses there). */
function targetOf({ url = '/' }: IncomingMessage): {
  readonly authority: string | null
  readonly path: string
} {
  const whole = /^http:\/\/([^/?#]*)(\/[^?#]*)?/i.exec(url)
  if (whole !== null) return { authority: whole[1] ?? '', path: whole[2] ?? '/' }
  return { authority: null, path: url.split('?')[0] ?? '/' }
}

async function answerOf(
  path: string,
  { collector, db }: { readonly collector: MetricsCollector; readonly db: string },
): Promise<Answer> {
  try {
    switch (path) {
      case '/metrics':
        return { status: 200, type: PROMETHEUS_TEXT, body: await collector.exportPrometheus() }
      case '/health':
        return healthAnswer(db)
      case '/health/live':
        return json(200, { live: true })
      case '/health/ready': {
        const { store } = readHealth(db, systemClock.now())
        return json(store.readable ? 200 : 503, { ready: store.readable })
      }
      default:
        return text(404, 'There are /metrics, /health, /health/live and /health/ready.')
    }
  } catch (thrown) {
    const code = thrown instanceof OrchestratorError ? thrown.code : 'internal'
    return text(503, `${code}: ${messageOf(thrown)}`)
  }
}

function healthAnswer(db: string): Answer {
  const health = readHealth(db, systemClock.now())
  return json(isGrave(health) ? 503 : 200, health)
}

function json(status: number, document: unknown): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(document)}\n` }
}

function text(status: number, line: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${line}\n` }
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    // Who asks for what is not answered, or for too much, may have sent more, which nobody reads.
    ...(status === 200 || status === 404 ? {} : { connection: 'close' }),
  })
  response.end(body)
}

async function listen(
  server: Server,
  where: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(where, resolve)
    })
  } catch (cause) {
    throw new OrchestratorError(
      'address_unusable',
      `${where.host} port ${where.port} cannot be listened on: ${messageOf(cause)}`,
      { hint: isForeign(cause) ? ANOTHER_HOST : ANOTHER_PORT, cause },
    )
  }
}

const ANOTHER_PORT = 'Choose another port, for example --port 9465, or --port 0 for any that is free.'
const ANOTHER_HOST =
  'Choose an address that this machine has, for example --host 127.0.0.1, or 0.0.0.0 for all of them.'

/** No port would help. */
function isForeign(cause: unknown): boolean {
  return hasCode(cause, 'EADDRNOTAVAIL')
}

/** Open connections are not waited for: a scraper keeps its own open between two scrapes. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
