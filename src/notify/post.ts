import { lookup as resolveName } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { isPrivateAddress } from './private-address.ts'

interface Post {
  readonly url: URL
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly allowPrivate: boolean
  /** From the name to the end of the answer. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export type PostEnd =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | null
      readonly text: string
    }
  /** Nothing was sent: where it would have gone is not allowed. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

/** Of an answer that says in a word what is wrong. */
const ANSWER_BYTES = 64

/**
 * Posts once, to the address that was checked and to no other: a name is resolved once, a redirect is an answer like any
 * other, and no proxy is asked. Never throws.
 */
export async function post(asked: Post): Promise<PostEnd> {
  const host = asked.url.hostname.replace(/^\[|\]$/g, '')
  const refusal = isIP(host) === 0 ? null : whyRefused(host, asked)
  if (refusal !== null) return { kind: 'refused', reason: refusal }
  const timedOut = AbortSignal.timeout(asked.timeoutMs)
  const signal = AbortSignal.any([asked.signal, timedOut])
  try {
    const answer = await answerOf(asked, signal)
    const status = answer.statusCode ?? 0
    // That it was taken is known from the first line: what else is said may come slowly, be huge, or break off.
    const text = status >= 200 && status < 300 ? '' : await readStart(answer, signal)
    answer.destroy()
    return { kind: 'answered', status, retryAfter: answer.headers['retry-after'] ?? null, text }
  } catch (thrown) {
    if (thrown instanceof AddressRefused) return { kind: 'refused', reason: thrown.message }
    if (timedOut.aborted)
      return { kind: 'failed', reason: `it gave no answer within ${asked.timeoutMs / 1_000} s` }
    return { kind: 'failed', reason: asked.signal.aborted ? 'the run ended meanwhile' : describe(thrown) }
  }
}

class AddressRefused extends Error {}

function answerOf(asked: Post, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, body, headers } = asked
  const start = url.protocol === 'http:' ? requestHttp : requestHttps
  return new Promise((resolve, reject) => {
    const outgoing = start(
      url,
      {
        method: 'POST',
        agent: false,
        lookup: checkedLookup(asked),
        signal,
        headers: {
          ...headers,
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': 'tdd-orchestrator',
        },
      },
      resolve,
    )
    outgoing.on('error', reject)
    outgoing.on('close', () => reject(new Error('it closed the connection without an answer')))
    outgoing.end(body)
  })
}

/** Connections go to what was looked at here, so that a name cannot mean one address now and another one then. */
function checkedLookup(asked: Post): LookupFunction {
  return (host, options, callback) => {
    resolveName(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const refusal = addresses.map(({ address }) => whyRefused(address, asked)).find((why) => why !== null)
      if (refusal !== undefined) return callback(new AddressRefused(refusal), [])
      const [first] = addresses
      if (options.all === true || first === undefined) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function whyRefused(address: string, { url, allowPrivate }: Post): string | null {
  const isPrivate = isPrivateAddress(address)
  if (isPrivate && !allowPrivate)
    return `its address ${address} is not of the public internet, and notify.allowPrivate is off`
  if (!isPrivate && url.protocol === 'http:')
    return `its address ${address} is public, and http:// would show everybody what it says`
  return null
}

/** What came until enough was said, the answer ended, or it broke off. */
async function readStart(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of answer) {
      if (!Buffer.isBuffer(part)) break
      parts.push(part)
      bytes += part.length
      if (bytes >= ANSWER_BYTES || signal.aborted) break
    }
  } catch {
    // The status is known; what came of the words is enough.
    answer.destroy()
  }
  return Buffer.concat(parts).subarray(0, ANSWER_BYTES).toString('utf8')
}

/** Errors of many addresses at once say what happened in their parts. */
function describe(thrown: unknown): string {
  const [first] = thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [thrown]
  return first instanceof Error ? first.message : String(first)
}
