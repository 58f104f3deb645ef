import {
  client,
  type ClientContext,
  type McpServer,
  methods,
  PROTOCOL_VERSION,
} from '@agentclientprotocol/sdk'
import { messageOf } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { parseError, parsePermission, parseTurn, parseUpdate } from './acp-messages.ts'
import { chooseModel } from './acp-model.ts'
import { answerPermission } from './acp-permission.ts'
import { type AcpEnd, resultOfAcp } from './acp-result.ts'
import { AcpSession } from './acp-session.ts'
import { acpStream } from './acp-stream.ts'
import type { Agent, AgentEvent, AgentRequest } from './agent.ts'
import { handedIn, handInEnvironment } from './hand-in.ts'
import { launchTalk, type Talk } from './launch-talk.ts'
import { serveTools, toolServer } from './serve-tools.ts'
import { nothingHanded, taskTools, withTools } from './task-tools.ts'
import { MOST_WAITING, WaitingRoom } from './waiting-room.ts'
import { withoutSecrets } from './without-secrets.ts'

interface AcpAgentOptions {
  /** The program that speaks the Agent Client Protocol on its standard input and output, with its arguments. */
  readonly argv: readonly [string, ...string[]]
  /** What is chosen of the models that the agent offers; null for the one that it takes by itself. */
  readonly models: Readonly<Record<AgentRequest['tier'], string | null>>
  /** Variables of the person's environment that the agent receives; their values are kept out of what is told. */
  readonly passed: Readonly<Record<string, string>>
  readonly clock: Pick<Clock, 'sleep'>
}

/** Any coding agent that speaks the Agent Client Protocol. It reads and writes by itself, contained; no person is asked. */
export function acpAgent(options: AcpAgentOptions): Agent {
  const agent: Agent = { name: 'acp', run: (request, signal) => work(request, { ...options, signal }) }
  return withoutSecrets(agent, Object.values(options.passed))
}

interface Work extends AcpAgentOptions {
  readonly signal: AbortSignal
}

async function* work(request: AgentRequest, options: Work): AsyncGenerator<AgentEvent> {
  const { argv, passed, signal } = options
  const ending = new AbortController()
  const env = { ...passed, ...handInEnvironment(request) }
  const handed = nothingHanded()
  await using _tools = serveTools(request, (ended) =>
    taskTools(request, handed, AbortSignal.any([signal, ended])),
  )
  const talk = launchTalk(request, { argv, env }, ending.signal)
  const conversation = new Conversation(request, options)
  const end = conversation.hold(talk)
  const stop = (): void => void conversation.cancel().then(() => ending.abort())
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    yield* conversation.told.leave()
  } finally {
    signal.removeEventListener('abort', stop)
    talk.end()
    await Promise.allSettled([talk.ended])
  }
  const result = resultOfAcp(await end, { ended: await talk.ended, prompted: conversation.prompted })
  yield {
    kind: 'result',
    result: signal.aborted ? { kind: 'aborted' } : (result ?? withTools(await handedIn(request), handed)),
  }
}

/** How long an agent that is stopped may take to say so, and what it had used. */
const CANCEL_MS = 500
/** What was said waits so long for the end of its line. */
const SAID_MS = 1_000
/** How often an agent that was denied something is told why, and goes on. */
const MOST_REMINDERS = 3
/** Of what it is told then. */
const MOST_DENIALS = 20
const LONGEST_DENIAL = 1_000

/** Nothing that the repository or its agents wrote is a setting, a hook or a server of tools. Who does not know it passes over it. */
const NOTHING_OF_THE_REPOSITORY = { claudeCode: { options: { settingSources: [], strictMcpConfig: true } } }

/** One session of an agent, from its first message to the end of its last turn. */
class Conversation {
  readonly told = new WaitingRoom<AgentEvent>(MOST_WAITING)
  /** It was given its work. */
  prompted = false
  readonly #request: AgentRequest
  readonly #options: Work
  readonly #session = new AcpSession()
  readonly #denials = new Set<string>()
  readonly #over = new AbortController()
  #pieces = 0
  #isWaiting = false
  #cancel: () => Promise<void> = () => Promise.resolve()

  constructor(request: AgentRequest, options: Work) {
    this.#request = request
    this.#options = options
  }

  /** Speaks with the agent until it is done, or until nothing more comes. */
  async hold(talk: Talk): Promise<AcpEnd> {
    const app = client({ name: 'tdd-orchestrator' }).onRequest(
      methods.client.session.requestPermission,
      parsePermission,
      ({ params }) => {
        const { optionId, denial } = answerPermission(params, this.#request)
        if (denial !== null && this.#denials.size < MOST_DENIALS)
          this.#denials.add(denial.slice(0, LONGEST_DENIAL))
        return { outcome: optionId === null ? { outcome: 'cancelled' } : { outcome: 'selected', optionId } }
      },
    )
    const stream = acpStream(talk, (method, params) => {
      if (method === methods.client.session.update) this.#hear(params)
    })
    try {
      return await app.connectWith(stream, (agent) => this.#speak(agent))
    } catch (cause) {
      const error = parseError(cause)
      return error === null ? { kind: 'lost', detail: messageOf(cause) } : { kind: 'error', ...error }
    } finally {
      this.#over.abort()
      this.#tell(this.#session.rest())
      this.told.close()
    }
  }

  /** Asks the agent to stop, and waits for that a little: not for it to read what it is sent. */
  async cancel(): Promise<void> {
    void this.#cancel()
    await this.#options.clock.sleep(CANCEL_MS, this.#over.signal)
  }

  async #speak(agent: ClientContext): Promise<AcpEnd> {
    const { protocolVersion } = await agent.request(methods.agent.initialize, {
      protocolVersion: PROTOCOL_VERSION,
      // Files and terminals of ours it gets none: it has those of its own tree, contained.
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
      clientInfo: { name: 'tdd-orchestrator', version: '1' },
    })
    if (protocolVersion !== PROTOCOL_VERSION)
      return {
        kind: 'unfit',
        code: 'failed',
        detail: `it speaks version ${protocolVersion} of the Agent Client Protocol, and this program version ${PROTOCOL_VERSION}`,
      }
    const session = await agent.request(methods.agent.session.new, {
      cwd: this.#request.directory,
      mcpServers: [acpServer(this.#request)],
      _meta: NOTHING_OF_THE_REPOSITORY,
    })
    const { sessionId } = session
    const unfit = await chooseModel(agent, session, this.#options.models[this.#request.tier])
    if (unfit !== null) return { kind: 'unfit', code: 'model', detail: unfit }
    this.#cancel = () => agent.notify(methods.agent.session.cancel, { sessionId }).catch(() => undefined)
    this.prompted = true
    let text = this.#request.prompt
    for (let reminders = 0; ; reminders += 1) {
      const turn = parseTurn(
        await agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }] }),
      )
      this.#tell(this.#session.endTurn(turn))
      if (turn.stopReason !== 'end_turn' || this.#denials.size === 0 || reminders === MOST_REMINDERS)
        return { kind: 'stopped', reason: turn.stopReason }
      text = reminderOf(this.#denials)
      this.#denials.clear()
    }
  }

  #hear(params: unknown): void {
    const update = parseUpdate(params)
    if (update === null) return
    this.#tell(this.#session.hear(update))
    if (update.sessionUpdate === 'agent_message_chunk') void this.#waitForLine()
  }

  /** What has no end is told all the same where nothing follows. */
  async #waitForLine(): Promise<void> {
    this.#pieces += 1
    if (this.#isWaiting) return
    this.#isWaiting = true
    for (let seen = 0; seen !== this.#pieces && !this.#over.signal.aborted; ) {
      seen = this.#pieces
      await this.#options.clock.sleep(SAID_MS, this.#over.signal)
    }
    this.#isWaiting = false
    this.#tell(this.#session.rest())
  }

  #tell(events: Iterable<AgentEvent>): void {
    for (const event of events) this.told.enter(event)
  }
}

/** Our tools of the attempt, as the protocol wants a server to be told. */
function acpServer(request: AgentRequest): McpServer {
  const { args, env, ...server } = toolServer(request)
  return {
    ...server,
    args: [...args],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
  }
}

/** The protocol answers a question for permission with yes or no, and not with a reason. */
function reminderOf(denials: ReadonlySet<string>): string {
  return [
    ...denials,
    'Nobody can permit it. Do without it, and end when the rest of your work is done.',
  ].join('\n')
}
