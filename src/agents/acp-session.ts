import { type AgentEvent, NO_USAGE, summedUsage, type Usage } from './agent.ts'
import type { AcpTool, AcpTurn, AcpUpdate } from './acp-messages.ts'
import { SaidLines } from './said-lines.ts'

/** Tools that were begun and of which nothing is known yet. */
const MOST_TOOLS = 1_000

/** Follows what an agent tells of one session: what is told on, and what was used. */
export class AcpSession {
  #used: Usage = NO_USAGE
  /** What is known of tools that are not told on yet; null once they are. */
  readonly #tools = new Map<string, AcpTool | null>()
  readonly #said = new SaidLines()

  hear(update: AcpUpdate): AgentEvent[] {
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        return saidAs(this.#said.hear(update.content.text))
      case 'tool_call':
      case 'tool_call_update':
        return [...this.rest(), ...this.#tool(update)]
      case 'usage_update':
        // The cost of the whole session so far; how full its window is says nothing of what was used.
        if (update.cost?.currency !== 'USD') return []
        this.#used = { ...this.#used, costUsd: Math.max(this.#used.costUsd, update.cost.amount) }
        return [{ kind: 'usage', usage: this.#used }]
    }
  }

  /** What was said and has no end yet. */
  rest(): AgentEvent[] {
    return saidAs(this.#said.rest())
  }

  endTurn({ usage }: AcpTurn): AgentEvent[] {
    if (usage === undefined || usage === null) return this.rest()
    this.#used = summedUsage(this.#used, {
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      cacheReadTokens: usage.cachedReadTokens,
      cacheWriteTokens: usage.cachedWriteTokens,
      costUsd: 0,
    })
    return [...this.rest(), { kind: 'usage', usage: this.#used }]
  }

  /** Once, as soon as it is known what it is used on; else when it has ended. */
  #tool(told: AcpTool): AgentEvent[] {
    const known = this.#tools.get(told.toolCallId)
    if (known === null || (known === undefined && this.#tools.size >= MOST_TOOLS)) return []
    const tool = known === undefined ? told : merged(known, told)
    const object = objectOf(tool)
    const isOver = tool.status === 'completed' || tool.status === 'failed'
    this.#tools.set(told.toolCallId, object === null && !isOver ? tool : null)
    if (object === null && !isOver) return []
    const name = tool.name ?? tool.kind ?? 'tool'
    return [{ kind: 'tool', name, detail: (object ?? tool.title ?? '').replaceAll('\n', ' ') }]
  }
}

function saidAs(texts: readonly string[]): AgentEvent[] {
  return texts.map((text) => ({ kind: 'said', text }))
}

function merged(known: AcpTool, told: AcpTool): AcpTool {
  return {
    ...known,
    title: told.title ?? known.title,
    name: told.name ?? known.name,
    kind: told.kind ?? known.kind,
    status: told.status ?? known.status,
    locations: told.locations?.length === 0 ? known.locations : (told.locations ?? known.locations),
    rawInput: told.rawInput ?? known.rawInput,
  }
}

/** A command, or the file that is read or changed. */
function objectOf({ rawInput, locations, kind }: AcpTool): string | null {
  const command = rawInput?.['command']
  if (typeof command === 'string') return command
  return kind === 'execute' ? null : (locations?.[0]?.path ?? null)
}
