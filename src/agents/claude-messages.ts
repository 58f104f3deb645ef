import { z } from 'zod'

const tokens = z.number().min(0).catch(0)

/** An event tells only what it has to tell. */
const told = z.number().min(0).nullish().catch(null)

const usage = z.looseObject({
  input_tokens: told,
  output_tokens: told,
  cache_read_input_tokens: told,
  cache_creation_input_tokens: told,
})
export type ClaudeUsage = z.infer<typeof usage>

const contentBlock = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
})

/** What came of a tool: a text, or parts, of which the texts count. */
const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  is_error: z.boolean().nullish().catch(null),
  content: z
    .union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))])
    .nullish()
    .catch(null),
})
export type ClaudeToolResult = z.infer<typeof toolResult>
/** A window of a subscription: what of it is used, as a share, and until when it goes. */
const windowShape = z.looseObject({ utilization: z.number().min(0), resetsAt: z.number().min(0) })

/** What is read of the messages of the client. They come from where a model and its tools write: what does not fit is dropped. */
const messageShape = z.union([
  z.looseObject({
    type: z.literal('system'),
    subtype: z.literal('api_retry'),
    retry_delay_ms: z.number(),
    error_status: z.number().nullable(),
  }),
  z.looseObject({
    type: z.literal('system'),
    subtype: z.literal('status'),
    status: z.string().nullable().catch(null),
  }),
  z.looseObject({
    type: z.literal('assistant'),
    message: z.looseObject({ content: z.array(contentBlock) }),
  }),
  z.looseObject({
    type: z.literal('user'),
    message: z.looseObject({ content: z.array(z.union([toolResult, z.unknown().transform(() => null)])) }),
  }),
  z.looseObject({
    type: z.literal('stream_event'),
    session_id: z.string(),
    event: z.union([
      z.looseObject({
        type: z.literal('message_start'),
        message: z.looseObject({ model: z.string().catch(''), usage }),
      }),
      z.looseObject({ type: z.literal('message_delta'), usage }),
      z.looseObject({ type: z.literal('message_stop') }),
    ]),
  }),
  z.looseObject({
    type: z.literal('rate_limit_event'),
    rate_limit_info: z.looseObject({
      status: z.string(),
      resetsAt: z.number().optional(),
      unifiedWindows: z.record(z.string(), windowShape.nullable().catch(null)).catch({}),
    }),
  }),
  z.looseObject({
    type: z.literal('result'),
    subtype: z.string(),
    is_error: z.boolean(),
    num_turns: z.number().catch(0),
    result: z.string().optional(),
    structured_output: z.unknown().optional(),
    errors: z.array(z.string()).optional(),
    stop_reason: z.string().nullish(),
    api_error_status: z.number().nullish(),
    total_cost_usd: z.number().min(0).catch(0),
    modelUsage: z
      .record(
        z.string(),
        z.looseObject({
          inputTokens: tokens,
          outputTokens: tokens,
          cacheReadInputTokens: tokens,
          cacheCreationInputTokens: tokens,
          costUSD: tokens,
          costBasis: z.string().optional(),
        }),
      )
      .catch({}),
  }),
])

export type ClaudeMessage = z.infer<typeof messageShape>
export type ClaudeResult = Extract<ClaudeMessage, { type: 'result' }>

export function parseMessage(message: unknown): ClaudeMessage | null {
  const parsed = messageShape.safeParse(message)
  return parsed.success ? parsed.data : null
}
