import { z } from 'zod'
import type { SessionFile } from '../protocol/session-file.ts'
import {
  type Agent,
  type AgentEvent,
  type AgentRequest,
  type AgentResult,
  NO_USAGE,
  summedUsage,
  type Usage,
} from './agent.ts'
import { ownModule } from '../runtime/own-files.ts'
import { resultOfEnd } from './ended.ts'
import { launchLines } from './launch-lines.ts'
import { withoutSecrets } from './without-secrets.ts'
import { parsedJson } from '../domain/parsed-json.ts'

interface ScriptedAgentOptions {
  readonly session: SessionFile
  /** Absolute path of the Node that plays the actions. */
  readonly node: string
  /** Leaves out every `sleepMs`. */
  readonly withoutSleep: boolean
  readonly now: () => number
}

/** What the player prints, one JSON document a line. */
const playedEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tool'), name: z.string(), detail: z.string() }),
  z.object({ kind: z.literal('said'), text: z.string() }),
  z.object({
    kind: z.literal('usage'),
    usage: z.object({
      inputTokens: z.number().default(0),
      outputTokens: z.number().default(0),
      cacheReadTokens: z.number().default(0),
      cacheWriteTokens: z.number().default(0),
      costUsd: z.number().default(0),
    }),
  }),
  z.object({ kind: z.literal('dispute'), reason: z.string() }),
  z.object({
    kind: z.literal('fail'),
    cause: z.enum(['rate_limit', 'overloaded', 'max_turns', 'auth']),
    resetMs: z.number().nullable(),
  }),
  z.object({ kind: z.literal('played') }),
])

/**
 * Plays recorded attempts. The actions run in a program of their own inside the agent's containment, so that a hang, a
 * crash or a write outside the tree is a real one.
 */
export function scriptedAgent(options: ScriptedAgentOptions): Agent {
  const agent: Agent = {
    name: 'scripted',
    async *run(request, signal) {
      const actions = options.session.tasks[request.task]?.[request.stage]?.[request.playIndex]
      if (actions === undefined) {
        yield { kind: 'result', result: exhausted(request) }
        return
      }
      let usage = NO_USAGE
      let reported: AgentResult | null = null
      const read = (line: string): AgentEvent[] => {
        const event = parseLine(line)
        if (event === null) return []
        if (event.kind === 'usage') usage = summedUsage(usage, event.usage)
        reported = resultOf(event, options.now) ?? reported
        return eventsOf(event, usage)
      }
      const end = yield* launchLines(
        request,
        {
          argv: [options.node, ownModule('agents/scripted-player', request.ownCode)],
          env: { TDD_TASK: request.task, TDD_STAGE: request.stage, TDD_ATTEMPT: String(request.attempt) },
          stdin: JSON.stringify({ actions, withoutSleep: options.withoutSleep }),
        },
        { signal, read },
      )
      yield { kind: 'result', result: reported ?? resultOfEnd(end) ?? brokenOff() }
    },
  }
  return withoutSecrets(agent, [])
}

function exhausted(request: AgentRequest): AgentResult {
  return {
    kind: 'infrastructure',
    code: 'session_exhausted',
    detail: `the session has no attempt ${request.playIndex + 1} of ${request.stage} for ${request.task}`,
  }
}

function parseLine(line: string): z.infer<typeof playedEvent> | null {
  // Commands that a session runs print to the same output; what is not an event of the player is none.
  return line.startsWith('{') ? (playedEvent.safeParse(parsedJson(line)).data ?? null) : null
}

function resultOf(event: z.infer<typeof playedEvent>, now: () => number): AgentResult | null {
  switch (event.kind) {
    case 'played':
      return { kind: 'done', claims: {} }
    case 'dispute':
      return { kind: 'disputed', reason: event.reason }
    case 'fail': {
      if (event.cause === 'max_turns')
        return { kind: 'gave_up', cause: 'max_turns', detail: 'all turns are used up' }
      if (event.cause === 'auth')
        return { kind: 'infrastructure', code: 'auth', detail: 'the credentials were refused' }
      const resetAt = event.resetMs === null ? null : now() + event.resetMs
      return { kind: 'provider_limit', cause: event.cause, resetAt, detail: event.cause }
    }
    case 'tool':
    case 'said':
    case 'usage':
      return null
  }
}

function eventsOf(event: z.infer<typeof playedEvent>, usage: Usage): AgentEvent[] {
  switch (event.kind) {
    case 'tool':
    case 'said':
      return [event]
    case 'usage':
      return [{ kind: 'usage', usage }]
    case 'dispute':
    case 'fail':
    case 'played':
      return []
  }
}

function brokenOff(): AgentResult {
  return { kind: 'gave_up', cause: 'crash', detail: 'the player ended before its script did' }
}
