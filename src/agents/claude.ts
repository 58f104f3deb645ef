import { messageOf } from '../errors.ts'
import type { Agent, AgentEvent, AgentRequest, AgentResult } from './agent.ts'
import { callerHeaders } from './caller-headers.ts'
import { parseMessage } from './claude-messages.ts'
import { ClaudeProcess } from './claude-process.ts'
import { resultOfClaude } from './claude-result.ts'
import { ClaudeSession } from './claude-session.ts'
import { handedIn, handInEnvironment } from './hand-in.ts'
import { launchTalk, type Talk } from './launch-talk.ts'
import { MOST_WAITING, WaitingRoom } from './waiting-room.ts'
import { withoutSecrets } from './without-secrets.ts'

/** What is used of the Claude Agent SDK, which people install themselves. */
export interface ClaudeSdk {
  query(call: {
    readonly prompt: string
    readonly options: Readonly<Record<string, unknown>>
  }): AsyncIterable<unknown>
}

interface ClaudeAgentOptions {
  readonly sdk: ClaudeSdk
  /** The client that the SDK starts; null for the one that came with it. */
  readonly program: string | null
  readonly models: Readonly<Record<AgentRequest['tier'], string>>
  /** Turns of one attempt. */
  readonly maxTurns: number
  /** Variables of the person's environment that the client receives: keys, addresses, proxies. Secrets among them are kept out of what is told. */
  readonly passed: Readonly<Record<string, string>>
  readonly now: () => number
}

const TOOLS = ['Read', 'Write', 'Edit', 'Bash', 'Glob', 'Grep']
/** The others are regions, addresses and the like, which would tear holes into every text. */
const SECRET_NAME = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|HEADERS/i

/** Claude Code by the Claude Agent SDK. The client runs contained, with nothing of the repository's own settings. */
export function claudeAgent(options: ClaudeAgentOptions): Agent {
  const agent: Agent = {
    name: 'claude',
    run: (request, signal) => work(request, { ...options, signal }),
  }
  const secrets = Object.entries(options.passed).flatMap(([name, value]) =>
    SECRET_NAME.test(name) ? [value] : [],
  )
  return withoutSecrets(agent, secrets)
}

interface Work extends ClaudeAgentOptions {
  readonly signal: AbortSignal
}

async function* work(request: AgentRequest, options: Work): AsyncGenerator<AgentEvent> {
  const session = new ClaudeSession(options.now)
  const launched: Talk[] = []
  const messages = options.sdk.query({
    prompt: request.prompt,
    options: {
      ...queryOptions(request, options),
      spawnClaudeCodeProcess: ({ command, args, env }: SpawnOptions) => {
        const talk = launchTalk(request, { argv: [command, ...args], env: definedOnly(env) }, options.signal)
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
  const thrown = await hearing
  yield { kind: 'result', result: await resultOf(request, options, { session, launched, thrown }) }
}

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

async function resultOf(
  request: AgentRequest,
  { signal }: Work,
  { session, launched, thrown }: { session: ClaudeSession; launched: readonly Talk[]; thrown: string | null },
): Promise<AgentResult> {
  if (signal.aborted) return { kind: 'aborted' }
  const ended = (await launched.at(-1)?.ended) ?? null
  return resultOfClaude({ session, ended, thrown }) ?? (await handedIn(request))
}

interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

function queryOptions(request: AgentRequest, options: Work): Readonly<Record<string, unknown>> {
  return {
    cwd: request.directory,
    model: options.models[request.tier],
    maxTurns: options.maxTurns,
    systemPrompt: { type: 'preset', preset: 'claude_code', excludeDynamicSections: true },
    // Nothing that the repository or its agents wrote is a setting, a hook or a server of tools.
    settingSources: [],
    strictMcpConfig: true,
    tools: TOOLS,
    allowedTools: TOOLS,
    // Asks nobody: what is not allowed is denied.
    permissionMode: 'dontAsk',
    includePartialMessages: true,
    env: environment(request, options),
    ...(options.program === null ? {} : { pathToClaudeCodeExecutable: options.program }),
  }
}

function environment(request: AgentRequest, { passed }: Work): Record<string, string> {
  const headers = Object.entries(callerHeaders(request)).map(([name, value]) => `${name}: ${value}`)
  return {
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ...passed,
    ...(passed['ANTHROPIC_BASE_URL'] === undefined
      ? {}
      : {
          ANTHROPIC_CUSTOM_HEADERS: [passed['ANTHROPIC_CUSTOM_HEADERS'] ?? '', ...headers].join('\n').trim(),
        }),
    ...handInEnvironment(request),
  }
}

function definedOnly(env: SpawnOptions['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
