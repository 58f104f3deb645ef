import { costOf, type PriceList } from '../domain/model-prices.ts'
import { LONGEST_LIMIT_MS } from '../domain/provider-pace.ts'
import { believedWindows } from '../domain/subscription-window.ts'
import { type AgentEvent, NO_USAGE, summedUsage, type Usage } from './agent.ts'
import { moneyOf } from './claude-money.ts'
import { limitOf } from './provider-limit.ts'
import type { ClaudeMessage, ClaudeResult, ClaudeUsage } from './claude-messages.ts'
import { ClaudeToolUses } from './claude-tool-uses.ts'
import { LONGEST_TEXT } from './said-lines.ts'

/** The longest that a client waits for its provider by itself. */
const LONGEST_WAIT_MS = 30_000

type Counted = Exclude<
  Extract<ClaudeMessage, { type: 'stream_event' }>['event'],
  { readonly type: 'message_stop' }
>

/** Follows what the client tells of one attempt: what is told on, what was used, and how it ended. */
export class ClaudeSession {
  /** By which it is resumed; null before the model has answered anything. */
  id: string | null = null
  /** Answers of the model that were told to their end. */
  answered = 0
  /** It has asked its provider, and the answer is not told to its end. */
  isAsking = false
  /** The client asked again by itself since it was started. */
  wasRetried = false
  /** Turns that were used up before it was resumed last. */
  turns = 0
  /** The last result that was told. */
  result: ClaudeResult | null = null
  /** When the provider said last that it serves again, in milliseconds since the epoch. */
  resetAt: number | null = null
  /** The status of a provider for which it makes no sense to wait on; the attempt is ended. */
  hopeless: number | null = null
  readonly #now: () => number
  readonly #prices: PriceList
  /** Of the answers that are told to their end. */
  #settled: Usage = NO_USAGE
  /** Of the answer that is being told. */
  #current: Usage = NO_USAGE
  #model = ''
  readonly #tools = new ClaudeToolUses()
  /** At list price: what had streamed when it was resumed last, and what of it no client told of. */
  #seenUsd = 0
  #untoldUsd = 0

  constructor({ now, prices }: { readonly now: () => number; readonly prices: PriceList }) {
    this.#now = now
    this.#prices = prices
  }

  /** It goes on where it was: what is told from now on belongs to the same attempt. */
  resume(): void {
    this.turns += this.result?.num_turns ?? 0
    const seenUsd = this.#total().costUsd
    // A client that was ended before it told what it had cost begins anew at nothing.
    if (this.result === null) this.#untoldUsd += seenUsd - this.#seenUsd
    this.#seenUsd = seenUsd
    this.result = null
    this.resetAt = null
    this.hopeless = null
    this.wasRetried = false
    this.isAsking = false
  }

  *hear(message: ClaudeMessage): Generator<AgentEvent> {
    switch (message.type) {
      case 'system':
        if (message.subtype === 'api_retry') yield* this.#retry(message)
        else this.isAsking = message.status === 'requesting'
        return
      case 'assistant':
        for (const block of message.message.content) {
          if (block.type === 'text' && block.text !== undefined)
            yield { kind: 'said', text: block.text.slice(0, LONGEST_TEXT) }
          if (block.type === 'tool_use' && block.name !== undefined)
            yield this.#tools.used({ ...block, name: block.name })
        }
        return
      case 'user':
        for (const part of message.message.content) if (part !== null) yield this.#tools.ended(part)
        return
      case 'stream_event':
        if (message.event.type === 'message_stop') this.#stop()
        else yield this.#count(message.event, message.session_id)
        return
      case 'rate_limit_event':
        if (message.rate_limit_info.status === 'rejected' && message.rate_limit_info.resetsAt !== undefined)
          this.resetAt = this.#believed(message.rate_limit_info.resetsAt * 1_000)
        yield* this.#windows(message.rate_limit_info.unifiedWindows)
        return
      case 'result':
        this.result = message
        yield {
          kind: 'usage',
          usage: totalOf(message, this.#total(), moneyOf(message, this.#prices) + this.#untoldUsd),
        }
    }
  }

  *#retry({
    retry_delay_ms,
    error_status,
  }: Extract<ClaudeMessage, { subtype: 'api_retry' }>): Generator<AgentEvent> {
    const cause = limitOf(error_status)
    const until = this.#believed(this.#now() + retry_delay_ms)
    this.wasRetried = true
    if (cause !== null && until !== null) yield { kind: 'limited', cause, until }
    const refused = error_status === 401 || error_status === 403
    // It would try again for minutes with the same key, or hold its memory while nothing is served.
    if (!refused && retry_delay_ms <= LONGEST_WAIT_MS) return
    this.hopeless = error_status
    // Where the client asks again by itself, the time that it waited is past when it gives up.
    this.resetAt = until
  }

  *#windows(
    told: Extract<ClaudeMessage, { type: 'rate_limit_event' }>['rate_limit_info']['unifiedWindows'],
  ): Generator<AgentEvent> {
    const windows = Object.entries(told).flatMap(([name, window]) =>
      window === null ? [] : [{ name, used: window.utilization, resetsAt: window.resetsAt * 1_000 }],
    )
    for (const window of believedWindows(windows, this.#now())) yield { kind: 'window', ...window }
  }

  #believed(at: number): number | null {
    return at <= this.#now() + LONGEST_LIMIT_MS ? at : null
  }

  #stop(): void {
    this.answered += 1
    this.isAsking = false
  }

  #count(event: Counted, id: string): AgentEvent {
    if (event.type === 'message_start') {
      this.id = id
      this.isAsking = true
      this.#settled = this.#total()
      this.#model = event.message.model
      this.#current = this.#usage(event.message.usage, NO_USAGE)
    } else this.#current = this.#usage(event.usage, this.#current)
    return { kind: 'usage', usage: this.#total() }
  }

  /** At list price, until the client tells what it comes to. What an event does not tell is as it was told before. */
  #usage(usage: ClaudeUsage, before: Usage): Usage {
    const tokens = {
      inputTokens: usage.input_tokens ?? before.inputTokens,
      outputTokens: usage.output_tokens ?? before.outputTokens,
      cacheReadTokens: usage.cache_read_input_tokens ?? before.cacheReadTokens,
      cacheWriteTokens: usage.cache_creation_input_tokens ?? before.cacheWriteTokens,
    }
    const price = this.#prices.of(this.#model)
    return { ...tokens, costUsd: price === null ? 0 : costOf(tokens, price) }
  }

  #total(): Usage {
    return summedUsage(this.#settled, this.#current)
  }
}

/** Its own account at the end, of all models that were called; never less than what was seen to be used. */
function totalOf({ modelUsage }: ClaudeResult, seen: Usage, costUsd: number): Usage {
  const models = Object.values(modelUsage)
  const sum = (count: (model: (typeof models)[number]) => number): number =>
    models.reduce((total, model) => total + count(model), 0)
  return {
    inputTokens: Math.max(
      seen.inputTokens,
      sum((model) => model.inputTokens),
    ),
    outputTokens: Math.max(
      seen.outputTokens,
      sum((model) => model.outputTokens),
    ),
    cacheReadTokens: Math.max(
      seen.cacheReadTokens,
      sum((model) => model.cacheReadInputTokens),
    ),
    cacheWriteTokens: Math.max(
      seen.cacheWriteTokens,
      sum((model) => model.cacheCreationInputTokens),
    ),
    costUsd,
  }
}
