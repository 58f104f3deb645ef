import { z } from 'zod'
import { NO_USAGE } from './agent.ts'
import { faultOfWords } from './printed-fault.ts'
import type { PrintedReader } from './printed-reader.ts'
import { otherLine, shapedLine } from './printed-json.ts'

const count = z.number().min(0).catch(0)

const lineShape = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('item.completed'),
    item: z.looseObject({ type: z.string(), text: z.string().optional() }),
  }),
  z.looseObject({
    type: z.literal('item.started'),
    item: z.looseObject({ type: z.string(), command: z.string().optional() }),
  }),
  z.looseObject({
    type: z.literal('turn.completed'),
    usage: z.looseObject({
      input_tokens: count,
      cached_input_tokens: count,
      cache_write_input_tokens: count,
      output_tokens: count,
    }),
  }),
  z.looseObject({ type: z.literal('turn.failed'), error: z.looseObject({ message: z.string() }) }),
])

/** `codex exec --json`. It tells tokens at its end, and no money. */
export function readCodex(): PrintedReader {
  let failure: string | null = null
  return {
    fault: () => faultOfWords(failure),
    read(line) {
      const told = shapedLine(line, lineShape)
      switch (told?.type) {
        case 'item.started':
          if (told.item.command === undefined) return []
          return [{ kind: 'tool', name: told.item.type, detail: told.item.command.replaceAll('\n', ' ') }]
        case 'item.completed':
          return told.item.type === 'agent_message' ? [{ kind: 'said', text: told.item.text ?? '' }] : []
        case 'turn.completed': {
          const { input_tokens, cached_input_tokens, cache_write_input_tokens, output_tokens } = told.usage
          // What came from a cache, or went into one, is part of its input.
          const inputTokens = Math.max(0, input_tokens - cached_input_tokens - cache_write_input_tokens)
          const usage = {
            ...NO_USAGE,
            inputTokens,
            outputTokens: output_tokens,
            cacheReadTokens: cached_input_tokens,
            cacheWriteTokens: cache_write_input_tokens,
          }
          return [{ kind: 'usage', usage }]
        }
        case 'turn.failed':
          failure = told.error.message
          return [{ kind: 'said', text: failure }]
        default:
          return otherLine(line)
      }
    },
  }
}
