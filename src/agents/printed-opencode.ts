import { z } from 'zod'
import { NO_USAGE, summedUsage } from './agent.ts'
import { faultOfWords } from './printed-fault.ts'
import type { PrintedReader } from './printed-reader.ts'
import { otherLine, shapedLine } from './printed-json.ts'

const count = z.number().min(0).catch(0)
const text = z.string().catch('')

const lineShape = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), part: z.looseObject({ text }) }),
  z.looseObject({
    type: z.literal('tool_use'),
    part: z.looseObject({
      tool: text,
      state: z.looseObject({ input: z.looseObject({ command: text, filePath: text }), title: text }),
    }),
  }),
  z.looseObject({
    type: z.literal('step_finish'),
    part: z.looseObject({
      cost: count,
      tokens: z.looseObject({
        input: count,
        output: count,
        reasoning: count,
        cache: z.looseObject({ read: count, write: count }).catch({ read: 0, write: 0 }),
      }),
    }),
  }),
  z.looseObject({
    type: z.literal('error'),
    error: z.looseObject({
      name: text,
      data: z
        .looseObject({
          message: text,
          statusCode: z.number().optional().catch(undefined),
          responseBody: text,
        })
        .optional(),
    }),
  }),
])

/** `opencode run --format json`. It tells tokens and money with each answer of the model. */
export function readOpenCode(): PrintedReader {
  let used = NO_USAGE
  let failure: string | null = null
  return {
    fault: () => faultOfWords(failure),
    read(line) {
      const told = shapedLine(line, lineShape)
      switch (told?.type) {
        case 'text':
          return [{ kind: 'said', text: told.part.text }]
        case 'tool_use': {
          const { tool, state } = told.part
          const detail = state.input.command || state.input.filePath || state.title
          return [{ kind: 'tool', name: tool, detail: detail.replaceAll('\n', ' ') }]
        }
        case 'step_finish': {
          const { cost, tokens } = told.part
          used = summedUsage(used, {
            inputTokens: tokens.input,
            outputTokens: tokens.output + tokens.reasoning,
            cacheReadTokens: tokens.cache.read,
            cacheWriteTokens: tokens.cache.write,
            costUsd: cost,
          })
          return [{ kind: 'usage', usage: used }]
        }
        case 'error': {
          const { name, data } = told.error
          failure = [name, data?.statusCode, data?.message, data?.responseBody].filter(Boolean).join(' ')
          return [{ kind: 'said', text: failure }]
        }
        default:
          return otherLine(line)
      }
    },
  }
}
