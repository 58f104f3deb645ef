import { join } from 'node:path'
import { z } from 'zod'
import { parsedJson } from '../domain/parsed-json.ts'

/**
 * How a server of tools beside an agent speaks with us: files in the exchange directory, which both may write. A call
 * stands in one file; whoever finds another's there waits, and writes its own again. The answer has a file by the call's id.
 */
export const CALL_BYTES = 256 * 1024
export const ANSWER_BYTES = 1024 * 1024

/** Calls of one attempt that are answered. */
export const MOST_CALLS = 1_000

const callShape = z.object({
  id: z.string().regex(/^[a-z0-9]{12}$/),
  tool: z.string().max(100),
  input: z.unknown(),
})
type ToolCall = z.infer<typeof callShape>

export function callFile(exchange: string): string {
  return join(exchange, 'tool-call.json')
}

export function answerFile(exchange: string, id: string): string {
  return join(exchange, `tool-answer-${id}.json`)
}

/** What an agent may have written: null where it is no call. */
export function parseCall(text: string | null): ToolCall | null {
  return callShape.safeParse(parsedJson(text ?? '')).data ?? null
}
