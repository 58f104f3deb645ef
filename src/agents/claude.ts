import { definedOnly } from '../config/environment.ts'
import type { TierModels } from '../domain/attempt-model.ts'
import type { PriceList } from '../domain/model-prices.ts'
import type { AgentStage } from '../domain/stage.ts'
import { messageOf } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ExecResult } from '../runtime/exec.ts'
import type { Agent, AgentEvent, AgentRequest, AgentResult } from './agent.ts'
import { callerHeaders } from './caller-headers.ts'
import { claudeGuards } from './claude-guards.ts'
import { parseMessage } from './claude-messages.ts'
import { ClaudeProcess } from './claude-process.ts'
import { afterPatience, resultOfClaude } from './claude-result.ts'
import { ClaudeSession } from './claude-session.ts'
import { claudeTools, type ToolSdk } from './claude-tools.ts'
import { handedIn, handInEnvironment } from './hand-in.ts'
import { launchTalk, type Talk } from './launch-talk.ts'
import { Patience } from './patience.ts'
import { nothingHanded, SERVER, taskTools, withTools } from './task-tools.ts'
import { MOST_WAITING, WaitingRoom } from './waiting-room.ts'
import { withoutSecrets } from './without-secrets.ts'

/** What is used of the Claude Agent SDK, which people install themselves. */
export interface ClaudeSdk extends ToolSdk {
  query(call: {
    readonly prompt: string
    readonly options: Readonly<Record<string, unknown>>
  }): AsyncIterable<unknown>
}

interface ClaudeAgentOptions {
  readonly sdk: ClaudeSdk
  /** The client that the SDK starts; null for the one that came with it. */
  readonly program: string | null
  readonly models: TierModels
  /** For what streams, until the client tells what it comes to. */
  readonly prices: PriceList
  /** Turns of one attempt. */
  readonly maxTurns: number
  readonly stages?: Readonly<Partial<Record<AgentStage, ClaudeStage | undefined>>>
  /** How long one attempt may wait for its provider in all; it keeps what it did, and its worker. */
  readonly waitMs: number
  /** Variables of the person's environment that the client receives: keys, addresses, proxies. */
  readonly passed: Readonly<Record<string, string>>
  /** What of these is kept out of all that is told. */
  readonly secrets: readonly string[]
  readonly clock: Pick<Clock, 'now' | 'random' | 'sleep'>
}

/** Of the client's own tools. */
const CLAUDE_TOOLS = ['Read', 'Write', 'Edit', 'Bash', 'Glob', 'Grep'] as const

/** What holds for attempts of one stage instead of what holds for all. */
interface ClaudeStage {
  readonly maxTurns?: number | undefined
  readonly wallMs?: number | undefined
  /** Default: all. */
  readonly tools?: readonly (typeof CLAUDE_TOOLS)[number][] | undefined
}

/** Claude Code by the Claude Agent SDK. The client runs contained, with nothing of the repository's own settings. */
export function claudeAgent(options: ClaudeAgentOptions): Agent {
  const agent: Agent = {
    name: 'claude',
    metering: { models: options.models, maxTurns: mostTurns(options) },
    run: (request, signal) => work(request, { ...options, signal }),
  }
  return withoutSecrets(agent, options.secrets)
}

function mostTurns({ maxTurns, stages = {} }: ClaudeAgentOptions): number {
  return Math.max(maxTurns, ...Object.values(stages).map((stage) => stage?.maxTurns ?? 0))
}

interface Work extends ClaudeAgentOptions {
  readonly signal: AbortSignal
}

async function* work(request: AgentRequest, options: Work): AsyncGenerator<AgentEvent> {
  const { clock, signal } = options
  const session = new ClaudeSession({ now: () => clock.now(), prices: options.prices })
  const patience = new Patience(clock, options.waitMs)
  const handed = nothingHanded()
  const tools = claudeTools(options.sdk, taskTools(request, handed, signal))
  for (;;) {
    const { answered } = session
    const end = yield* converse(request, { ...options, tools }, session)
    const result = signal.aborted ? ABORTED : resultOfClaude({ session, ...end })
    if (session.answered > answered) patience.renew()
    if (result?.kind !== 'provider_limit') {
      const ofWork = result ?? withTools(await handedIn(request), handed)
      yield { kind: 'result', result: withAnswer(ofWork, session.result?.structured_output) }
      return
    }
    const until = patience.until(result.resetAt, session.wasRetried)
    if (until === null || request.winding.aborted) {
      yield { kind: 'result', result: until === null ? afterPatience(result, session) : result }
      return
    }
    yield { kind: 'limited', cause: result.cause, until }
    await clock.sleep(until - clock.now(), AbortSignal.any([signal, request.winding]))
    const heldUntil = request.winding.aborted ? until : await request.askAgain()
    if (signal.aborted || heldUntil !== null) {
      yield { kind: 'result', result: signal.aborted ? ABORTED : { ...result, resetAt: heldUntil } }
      return
    }
    session.resume()
  }
}

const ABORTED: AgentResult = { kind: 'aborted' }

function withAnswer(result: AgentResult, answer: unknown): AgentResult {
  return result.kind === 'done' && answer !== undefined ? { ...result, answer } : result
}

interface ConversationEnd {
  readonly ended: ExecResult | null
  readonly thrown: string | null
}

/** One process of the client, from its start to its end; a session that had begun goes on. */
async function* converse(
  request: AgentRequest,
  options: Work & { readonly tools: unknown },
  session: ClaudeSession,
): AsyncGenerator<AgentEvent, ConversationEnd> {
  const wallMs = options.stages?.[request.stage]?.wallMs
  const wall = wallMs === undefined ? {} : { wallMs }
  const launched: Talk[] = []
  const messages = options.sdk.query({
    prompt: session.id === null ? request.prompt : GO_ON,
    options: {
      ...queryOptions(request, options, session),
      mcpServers: { [SERVER]: options.tools },
      spawnClaudeCodeProcess: ({ command, args, env }: SpawnOptions) => {
        const talk = launchTalk(
          request,
          { argv: [command, ...args], env: definedOnly(env), ...wall },
          options.signal,
        )
        launched.push(talk)
        return new ClaudeProcess(talk)
      },
    },
  })
  const told = new WaitingRoom<AgentEvent>(MOST_WAITING)
  const hearing = hear(messages, session, told)
  try {
    yield* told.leave()
  } finally {
    for (const talk of launched) talk.end()
    await Promise.allSettled(launched.map(({ ended }) => ended))
  }
  return { thrown: await hearing, ended: (await launched.at(-1)?.ended) ?? null }
}

/** What a session is told that was interrupted by its provider. */
const GO_ON = 'The provider could not be reached for a while. Go on where you were.'

/** Hears all that the client tells, whether somebody listens or not; resolves with what the SDK threw in the end. */
async function hear(
  messages: AsyncIterable<unknown>,
  session: ClaudeSession,
  told: WaitingRoom<AgentEvent>,
): Promise<string | null> {
  try {
    for await (const message of messages) {
      const parsed = parseMessage(message)
      if (parsed === null) continue
      for (const event of session.hear(parsed)) told.enter(event)
      if (session.hopeless === null) continue
      told.close()
      break
    }
    return null
  } catch (cause) {
    // An error result is told first and thrown afterwards.
    return messageOf(cause)
  } finally {
    told.close()
  }
}

interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

function queryOptions(
  request: AgentRequest,
  options: Work,
  session: ClaudeSession,
): Readonly<Record<string, unknown>> {
  const own = options.stages?.[request.stage] ?? {}
  const tools = [...(own.tools ?? CLAUDE_TOOLS)]
  return {
    cwd: request.directory,
    model: options.models[request.tier],
    maxTurns: Math.max(1, (own.maxTurns ?? options.maxTurns) - session.turns),
    ...(session.id === null ? {} : { resume: session.id }),
    systemPrompt: { type: 'preset', preset: 'claude_code', excludeDynamicSections: true },
    // Nothing that the repository or its agents wrote is a setting, a hook or a server of tools.
    settingSources: [],
    strictMcpConfig: true,
    tools,
    allowedTools: [...tools, `mcp__${SERVER}`],
    // Asks nobody: what is not allowed is denied.
    permissionMode: 'dontAsk',
    ...(request.answerSchema === undefined
      ? {}
      : { outputFormat: { type: 'json_schema', schema: request.answerSchema } }),
    hooks: claudeGuards(request, options.secrets),
    includePartialMessages: true,
    env: environment(request, options),
    ...(options.program === null ? {} : { pathToClaudeCodeExecutable: options.program }),
  }
}

function environment(request: AgentRequest, { passed }: Work): Record<string, string> {
  const headers = Object.entries(callerHeaders(request)).map(([name, value]) => `${name}: ${value}`)
  return {
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // After these it is we who wait, and resume the session.
    CLAUDE_CODE_MAX_RETRIES: '2',
    ...passed,
    ...(passed['ANTHROPIC_BASE_URL'] === undefined
      ? {}
      : {
          ANTHROPIC_CUSTOM_HEADERS: [passed['ANTHROPIC_CUSTOM_HEADERS'] ?? '', ...headers].join('\n').trim(),
        }),
    ...handInEnvironment(request),
  }
}
