import { z } from 'zod'

const text = z.string().catch('')
const count = z.number().min(0).catch(0)
const location = z.looseObject({ path: z.string() })

/** Of a tool: it is told in pieces, and each says only what it has to say. */
const toolShape = z.looseObject({
  toolCallId: z.string().max(1_000),
  title: z.string().nullish().catch(null),
  name: z.string().nullish().catch(null),
  kind: z.string().nullish().catch(null),
  status: z.string().nullish().catch(null),
  locations: z.array(location).nullish().catch(null),
  rawInput: z.looseObject({ command: z.unknown() }).nullish().catch(null),
  content: z
    .array(z.looseObject({ type: z.string(), path: z.string().optional() }))
    .nullish()
    .catch(null),
})
export type AcpTool = z.infer<typeof toolShape>

/** What is read of the updates of a session. They come from where a model and its tools write: what does not fit is dropped. */
const updateShape = z.looseObject({
  sessionId: z.string(),
  update: z.discriminatedUnion('sessionUpdate', [
    z.looseObject({
      sessionUpdate: z.literal('agent_message_chunk'),
      content: z.looseObject({ type: z.literal('text'), text: z.string() }),
    }),
    toolShape.extend({ sessionUpdate: z.literal('tool_call') }),
    toolShape.extend({ sessionUpdate: z.literal('tool_call_update') }),
    z.looseObject({
      sessionUpdate: z.literal('usage_update'),
      cost: z
        .looseObject({ amount: z.number().min(0), currency: z.string() })
        .nullish()
        .catch(null),
    }),
  ]),
})
export type AcpUpdate = z.infer<typeof updateShape>['update']

/** Null for an update that is of no interest, or is none. */
export function parseUpdate(params: unknown): AcpUpdate | null {
  return updateShape.safeParse(params).data?.update ?? null
}

const permissionShape = z.looseObject({
  toolCall: toolShape,
  options: z.array(z.looseObject({ optionId: z.string(), kind: z.string() })).max(100),
})
export type AcpPermission = z.infer<typeof permissionShape>

export function parsePermission(params: unknown): AcpPermission {
  return permissionShape.parse(params)
}

const turnShape = z.looseObject({
  stopReason: text,
  usage: z
    .looseObject({
      inputTokens: count,
      outputTokens: count,
      cachedReadTokens: count,
      cachedWriteTokens: count,
    })
    .nullish()
    .catch(null),
})
export type AcpTurn = z.infer<typeof turnShape>

/** The end of a turn. Tokens of it are told by most agents, though the protocol does not ask for it yet. */
export function parseTurn(response: unknown): AcpTurn {
  return turnShape.parse(response)
}

const errorShape = z.looseObject({ code: z.number(), message: text, data: z.unknown() })

/** An answer that is an error: its number by JSON-RPC, and all that it says. Null for what is none. */
export function parseError(cause: unknown): { readonly code: number; readonly text: string } | null {
  const { data: error } = errorShape.safeParse(cause)
  if (error === undefined) return null
  return { code: error.code, text: [error.message, ...wordsOf(error.data)].join(' ') }
}

const LONGEST_DATA = 10_000

function wordsOf(data: unknown): string[] {
  if (data === undefined || data === null) return []
  return [(JSON.stringify(data) ?? '').slice(0, LONGEST_DATA)]
}
