import { Readable, Writable } from 'node:stream'
import {
  type AnyMessage,
  type AnyNotification,
  type AnyRequest,
  type AnyResponse,
  ndJsonStream,
  type Stream,
} from '@agentclientprotocol/sdk'
import type { Talk } from './launch-talk.ts'

/** Of one message; a longer one ends the conversation. */
const LONGEST_MESSAGE = 16 * 1024 * 1024
/** Questions of an agent that it has not read the answers of; more of them end the conversation. */
const MOST_OPEN = 1_000

/**
 * The messages of a talk, as the SDK wants them: requests and answers. Notifications are heard here. What is no message, and
 * answers to what nobody asked, are dropped: the SDK would print them where people look.
 */
export function acpStream({ stdin, stdout }: Talk, hear: (method: string, params: unknown) => void): Stream {
  const whole = ndJsonStream(Writable.toWeb(stdin), Readable.toWeb(stdout), {
    maxMessageBytes: LONGEST_MESSAGE,
  })
  const asked = new Set<unknown>()
  let open = 0
  const writer = whole.writable.getWriter()
  const writable = new WritableStream<AnyMessage>({
    async write(message) {
      if ('method' in message && 'id' in message) asked.add(message.id)
      await writer.write(message)
      if (isAnswer(message)) open -= 1
    },
  })
  const readable = whole.readable.pipeThrough(
    new TransformStream<AnyMessage, AnyMessage>({
      transform(message, out) {
        if (isAnswer(message)) {
          if (asked.delete(message.id)) out.enqueue(message)
        } else if (isCall(message)) {
          if ('id' in message) {
            open += 1
            if (open > MOST_OPEN) throw new Error(`it asks on and on, and reads none of ${MOST_OPEN} answers`)
            out.enqueue(message)
          } else hear(message.method, message.params)
        }
      },
    }),
  )
  return { readable, writable }
}

function isAnswer(message: Partial<AnyMessage>): message is AnyResponse {
  return isMessage(message) && 'id' in message && ('result' in message || 'error' in message)
}

function isCall(message: Partial<AnyMessage>): message is AnyRequest | AnyNotification {
  return isMessage(message) && 'method' in message && typeof message.method === 'string'
}

function isMessage({ jsonrpc }: Partial<AnyMessage>): boolean {
  return jsonrpc === '2.0'
}
