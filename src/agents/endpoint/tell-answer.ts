import type { ServerResponse } from 'node:http'
import type { Clock } from '../../runtime/clock.ts'
import type { ModelAnswer, ModelCall } from './model-call.ts'
import type { Told, WireApi } from './wire-api.ts'

/** Signs of life while an answer is waited for, as the API sends them. */
const PING_MS = 1_000

interface Telling {
  readonly told: StreamedAnswer
  readonly call: ModelCall
  readonly clock: Clock
  readonly api: WireApi
}

type StreamedAnswer = Exclude<ModelAnswer, { kind: 'error' }>

/** Streams an answer to its end, or as far as it goes; resolves when the client has it or has gone. */
export async function tellAnswer(
  response: ServerResponse,
  { told, call, clock, api }: Telling,
): Promise<void> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  const gone = new AbortController()
  response.once('close', () => {
    gone.abort()
    close()
  })
  const send = (type: string, data: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  for (const event of toldOf(told, call, api)) {
    if (!('waitMs' in event)) send(...event)
    else
      for (let left = event.waitMs; left > 0 && !gone.signal.aborted; left -= PING_MS) {
        await clock.sleep(Math.min(left, PING_MS), gone.signal)
        send('ping', {})
      }
  }
  if (told.kind === 'dropped') response.destroy()
  else if (told.kind === 'malformed') response.end('event: content_block_start\ndata: {"type":\n\n')
  else if (told.kind === 'message') response.end()
  await closed
}

function toldOf(told: StreamedAnswer, call: ModelCall, api: WireApi): Told[] {
  if (told.kind === 'message') return api.events(told, call)
  // Nothing at all before a connection is lost: what of it arrives would be chance.
  return told.kind === 'dropped' ? [] : api.events({ blocks: [], usage: told.usage }, call).slice(0, 1)
}
