import type { ToolEvent } from './agent.ts'
import type { ClaudeToolResult } from './claude-messages.ts'
import { LONGEST_TEXT } from './said-lines.ts'

/** Uses of which no outcome was told yet. */
const MOST_OPEN = 1_000

/** What the client tells of its tools: each use, and what came of it. */
export class ClaudeToolUses {
  readonly #open = new Map<string, Pick<ToolEvent, 'name' | 'detail'>>()

  used(block: {
    readonly id?: string | undefined
    readonly name: string
    readonly input?: unknown
  }): ToolEvent {
    const detail = detailOf(block.input)
    const event = { kind: 'tool', name: block.name, detail, input: inputOf(block.input) } as const
    if (block.id === undefined) return event
    const [oldest] = this.#open.keys()
    if (oldest !== undefined && this.#open.size >= MOST_OPEN) this.#open.delete(oldest)
    this.#open.set(block.id, { name: block.name, detail })
    return { ...event, call: block.id }
  }

  ended({ tool_use_id: call, is_error, content }: ClaudeToolResult): ToolEvent {
    const { name, detail } = this.#open.get(call) ?? { name: 'tool', detail: '' }
    this.#open.delete(call)
    const text = typeof content === 'string' ? content : textOf(content ?? [])
    return {
      kind: 'tool',
      name,
      detail,
      call,
      outcome: { failed: is_error === true, text: text.slice(0, LONGEST_TEXT) },
    }
  }
}

function textOf(parts: readonly { readonly text?: string | undefined }[]): string {
  return parts.flatMap(({ text }) => (text === undefined ? [] : [text])).join('\n')
}

/** One line that says what a tool was used on. */
function detailOf(input: unknown): string {
  if (typeof input !== 'object' || input === null) return ''
  const { file_path, command, pattern } = input as Record<string, unknown>
  const named = [file_path, command, pattern].find((value) => typeof value === 'string')
  return (named ?? JSON.stringify(input)).replaceAll('\n', ' ').slice(0, LONGEST_TEXT)
}

function inputOf(input: unknown): string {
  return (input === undefined ? '' : JSON.stringify(input)).slice(0, LONGEST_TEXT)
}
