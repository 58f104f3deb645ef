import type { AnswerBlock, Caller, ModelCall, TokenCounts } from './model-call.ts'

/** How clients and models of one provider talk. */
export interface WireApi {
  /** Null for what is no request of it. */
  parse(body: string, caller: Caller | null): ModelCall | null
  /** A streamed answer, in order; the first event only begins it. */
  events(message: Message, call: ModelCall): Told[]
  /** An answer in one piece. */
  whole(message: Message, call: ModelCall): object
  error(type: string, message: string): object
}

export interface Message {
  readonly blocks: readonly AnswerBlock[]
  readonly usage: TokenCounts
  readonly stopReason?: string
}

/** A server-sent event of an answer, or how long to wait for the next. */
export type Told = readonly [type: string, data: object] | { readonly waitMs: number }
