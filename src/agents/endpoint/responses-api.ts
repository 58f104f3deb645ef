import { z } from 'zod'
import type { ModelCall, TokenCounts, ToolResult } from './model-call.ts'
import type { Message, Told, WireApi } from './wire-api.ts'
import { parsedJson } from '../../domain/parsed-json.ts'

/** The Responses API of OpenAI, as far as coding clients use it. */
export const RESPONSES_API: WireApi = {
  parse(body, caller) {
    const parsed = requestShape.safeParse(parsedJson(body))
    if (!parsed.success) return null
    const { model, input, tools, stream } = parsed.data
    const items = typeof input === 'string' ? [] : input
    const turns = items.flatMap(({ type, call_id }) => (type === 'function_call' ? turnOf(call_id) : []))
    const last = Math.max(-1, ...turns)
    return {
      model,
      caller,
      body,
      streamed: stream === true,
      turn: new Set(turns).size,
      tools: (tools ?? []).flatMap(({ name }) => name ?? []),
      results: items.flatMap(resultOf).filter(({ id }) => turnOf(id)[0] === last),
      denials: 0,
    }
  },
  events(message, call) {
    const { output, ...whole } = wholeResponse(message, call)
    const items = message.blocks.flatMap((block, index): Told[] =>
      block.type === 'wait'
        ? [{ waitMs: block.ms }]
        : [
            [
              'response.output_item.done',
              { output_index: index, item: itemOf(block, `${call.turn}_${index}`) },
            ],
          ],
    )
    return [
      ['response.created', { response: { id: whole.id } }],
      ...items,
      ['response.completed', { response: { ...whole, output } }],
    ]
  },
  whole: wholeResponse,
  error: (type, message) => ({ error: { message, type, code: type } }),
}

const requestShape = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  input: z.union([
    z.string(),
    z.array(
      z.looseObject({
        type: z.string().default('message'),
        call_id: z.string().optional(),
        output: z.unknown().optional(),
      }),
    ),
  ]),
  tools: z.array(z.looseObject({ name: z.string().optional() })).optional(),
})

type Item = Exclude<z.infer<typeof requestShape>['input'], string>[number]

/** Answers are counted by the ids of the tools that they used, which say the turn. */
function turnOf(id: string | undefined): number[] {
  const [, turn] = /_(\d+)_\d+$/.exec(id ?? '') ?? []
  return turn === undefined ? [] : [Number(turn)]
}

function resultOf({ type, call_id, output }: Item): ToolResult[] {
  if (type !== 'function_call_output' || call_id === undefined) return []
  const text = typeof output === 'string' ? output : JSON.stringify(output ?? '')
  return [{ id: call_id, failed: /exited with code [1-9]/.test(text), text }]
}

function wholeResponse({ blocks, usage }: Message, call: ModelCall) {
  return {
    id: `resp_${call.caller?.attempt ?? 'none'}_${call.turn}`,
    object: 'response',
    status: 'completed',
    model: call.model,
    output: blocks.flatMap((block, index) =>
      block.type === 'wait' ? [] : [itemOf(block, `${call.turn}_${index}`)],
    ),
    usage: usageOf(usage),
  }
}

function itemOf(block: Exclude<Message['blocks'][number], { type: 'wait' }>, id: string): object {
  if (block.type === 'text') {
    const content = [{ type: 'output_text', text: block.text, annotations: [] }]
    return { type: 'message', id: `msg_${id}`, role: 'assistant', status: 'completed', content }
  }
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: block.id,
    name: block.name,
    arguments: JSON.stringify(block.input),
  }
}

/** What was read from a cache is part of the input here. */
function usageOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: TokenCounts): object {
  const input = inputTokens + cacheReadTokens + cacheWriteTokens
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheReadTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + outputTokens,
  }
}
