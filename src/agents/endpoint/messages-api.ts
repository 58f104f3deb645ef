import { z } from 'zod'
import { DENIED } from '../path-denial.ts'
import type { AnswerBlock, ModelCall, TokenCounts, ToolResult } from './model-call.ts'
import type { Message, Told, WireApi } from './wire-api.ts'
import { parsedJson } from '../../domain/parsed-json.ts'

/** The Messages API of Anthropic. */
export const MESSAGES_API: WireApi = {
  parse: parseCall,
  events: eventsOf,
  whole: wholeAnswer,
  error: (type, message) => ({ type: 'error', error: { type, message } }),
}

const block = z.looseObject({
  type: z.string(),
  tool_use_id: z.string().optional(),
  is_error: z.boolean().optional(),
  content: z.unknown().optional(),
})

/** What is read of a request of the Messages API. */
const requestShape = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(block)]) })),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
})

function parseCall(body: string, caller: ModelCall['caller']): ModelCall | null {
  const parsed = requestShape.safeParse(parsedJson(body))
  if (!parsed.success) return null
  const { model, messages, tools, stream } = parsed.data
  const results = messages.map(({ content }) =>
    typeof content === 'string' ? [] : content.flatMap(resultOf),
  )
  return {
    model,
    caller,
    body,
    streamed: stream === true,
    turn: messages.filter(({ role }) => role === 'assistant').length,
    tools: (tools ?? []).map(({ name }) => name),
    results: results.at(-1) ?? [],
    denials: results.filter((each) => each.some(isDenied)).length,
  }
}

function resultOf({ type, tool_use_id, is_error, content }: z.infer<typeof block>): ToolResult[] {
  if (type !== 'tool_result' || tool_use_id === undefined) return []
  const text = typeof content === 'string' ? content : JSON.stringify(content ?? '')
  return [{ id: tool_use_id, failed: is_error === true, text }]
}

/** The rules of a stage did not let the client write it with its own tools: by a hook, or by an answer to its question. */
export function isDenied({ failed, text }: ToolResult): boolean {
  return failed && (text.includes(DENIED) || REFUSED.test(text))
}

/** How clients tell their model that it may not. */
const REFUSED = /^The user rejected permission|^User refused permission/

function eventsOf(message: Message, call: ModelCall): Told[] {
  const { usage, stop_reason, stop_sequence, ...whole } = wholeAnswer(message, call)
  const start = {
    ...whole,
    content: [],
    stop_reason: null,
    stop_sequence,
    usage: { ...usage, output_tokens: 0 },
  }
  return [
    ['message_start', { message: start }],
    ...message.blocks.flatMap(eventsOfBlock),
    [
      'message_delta',
      { delta: { stop_reason, stop_sequence }, usage: { output_tokens: usage['output_tokens'] } },
    ],
    ['message_stop', {}],
  ]
}

function wholeAnswer(message: Message, call: ModelCall) {
  return {
    id: `msg_${call.caller?.attempt ?? 'none'}_${call.turn}`,
    type: 'message',
    role: 'assistant',
    model: call.model,
    content: message.blocks.filter(({ type }) => type !== 'wait'),
    stop_reason: message.stopReason ?? stopReasonOf(message.blocks),
    stop_sequence: null,
    usage: usageOf(message.usage),
  }
}

function stopReasonOf(blocks: readonly AnswerBlock[]): string {
  return blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn'
}

function usageOf({
  inputTokens,
  outputTokens,
  cacheReadTokens,
  cacheWriteTokens,
}: TokenCounts): Record<string, number> {
  return {
    input_tokens: inputTokens,
    cache_read_input_tokens: cacheReadTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    output_tokens: outputTokens,
  }
}

function eventsOfBlock(told: AnswerBlock, index: number): Told[] {
  if (told.type === 'wait') return [{ waitMs: told.ms }]
  const [begun, delta] =
    told.type === 'text'
      ? [
          { type: 'text', text: '' },
          { type: 'text_delta', text: told.text },
        ]
      : [
          { ...told, input: {} },
          { type: 'input_json_delta', partial_json: JSON.stringify(told.input) },
        ]
  return [
    ['content_block_start', { index, content_block: begun }],
    ['content_block_delta', { index, delta }],
    ['content_block_stop', { index }],
  ]
}
