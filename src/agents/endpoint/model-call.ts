/** A request of a client for an answer of the model, as far as a scripted one looks at it. */
export interface ModelCall {
  readonly model: string
  /** Who asks: the headers that our drivers send along; null where the client has none. */
  readonly caller: Caller | null
  /** Answers of the model that the conversation holds already. */
  readonly turn: number
  /** Names of the tools that may be used. None: the client asks for something of its own, such as a title. */
  readonly tools: readonly string[]
  /** Answers after which the client was denied what it wanted to write, the last one too. */
  readonly denials: number
  /** Whether the answer is told event by event. */
  readonly streamed: boolean
  /** The whole request. */
  readonly body: string
  /** Results of the tools that were used last. */
  readonly results: readonly ToolResult[]
}

export interface Caller {
  readonly task: string
  readonly stage: string
  readonly attempt: string
  /** 0 for the first attempt of the stage that ends in a result. */
  readonly playIndex: number
}

export interface ToolResult {
  readonly id: string
  readonly failed: boolean
  readonly text: string
}

export interface TokenCounts {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
}

export const NO_TOKENS: TokenCounts = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
}

export function addedTokens(
  left: TokenCounts,
  right: Partial<Record<keyof TokenCounts, number | undefined>>,
): TokenCounts {
  return {
    inputTokens: left.inputTokens + (right.inputTokens ?? 0),
    outputTokens: left.outputTokens + (right.outputTokens ?? 0),
    cacheReadTokens: left.cacheReadTokens + (right.cacheReadTokens ?? 0),
    cacheWriteTokens: left.cacheWriteTokens + (right.cacheWriteTokens ?? 0),
  }
}

export type AnswerBlock =
  /** A while in which nothing is told but signs of life. */
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool_use'
      readonly id: string
      readonly name: string
      readonly input: Readonly<Record<string, unknown>>
    }

export type ModelAnswer =
  | {
      readonly kind: 'message'
      readonly blocks: readonly AnswerBlock[]
      readonly usage: TokenCounts
      readonly stopReason?: string
    }
  | {
      readonly kind: 'error'
      readonly status: number
      /** As in the Messages API: `rate_limit_error`. */
      readonly type: string
      readonly message: string
      readonly headers: Readonly<Record<string, string>>
    }
  /** The connection is lost before anything is told. */
  | { readonly kind: 'dropped' }
  /** The answer begins, and then nothing more comes, or what is no JSON. */
  | { readonly kind: 'stalled' | 'malformed'; readonly usage: TokenCounts }
