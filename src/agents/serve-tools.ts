import { join } from 'node:path'
import { ownModule } from '../runtime/own-files.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { readUntrusted } from '../runtime/read-untrusted.ts'
import { writeWhole } from '../runtime/write-whole.ts'
import type { AgentRequest } from './agent.ts'
import { SERVER, type TaskTool } from './task-tools.ts'
import { ANSWER_BYTES, answerFile, CALL_BYTES, callFile, MOST_CALLS, parseCall } from './tool-calls.ts'

/** A program beside the agent that offers its tools by the Model Context Protocol on its standard input and output. */
interface ToolServer {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

type ServedRequest = Pick<AgentRequest, 'stage' | 'exchange' | 'ownCode'>

/** What goes into `mcpServers` of a session, or into a file of configuration; works inside the sandbox of the attempt. */
export function toolServer(request: ServedRequest): ToolServer {
  return {
    name: SERVER,
    command: process.execPath,
    args: [ownModule('agents/tool-server', request.ownCode)],
    env: { TDD_STAGE: request.stage, TDD_TOOLS_DIRECTORY: request.exchange },
  }
}

/** For clients that are told of servers by a file: writes it, and answers the variable that names it. */
export async function toolServerEnvironment(
  request: ServedRequest,
): Promise<{ readonly TDD_MCP_CONFIG: string }> {
  const { name, ...server } = toolServer(request)
  const file = join(request.exchange, 'mcp.json')
  await writeWhole(file, JSON.stringify({ mcpServers: { [name]: { type: 'stdio', ...server } } }))
  return { TDD_MCP_CONFIG: file }
}

const LOOK_MS = 100

/**
 * Answers the calls of such a server until it is disposed, which ends a call that is under way. Whatever stands in the
 * exchange directory was written by an agent: nothing is followed, everything is bounded, one call is answered after the
 * other.
 */
export function serveTools(
  request: Pick<AgentRequest, 'exchange'>,
  toolsUntil: (signal: AbortSignal) => readonly TaskTool[],
  clock: Pick<Clock, 'sleep'> = systemClock,
): AsyncDisposable {
  const over = new AbortController()
  const { signal } = over
  const serving = serve(request.exchange, { tools: toolsUntil(signal), clock, signal })
  // Whoever ends it is told.
  serving.catch(() => {})
  return {
    [Symbol.asyncDispose]: async () => {
      over.abort()
      await serving
    },
  }
}

interface Serving {
  readonly tools: readonly TaskTool[]
  readonly clock: Pick<Clock, 'sleep'>
  readonly signal: AbortSignal
}

async function serve(exchange: string, { tools, clock, signal }: Serving): Promise<void> {
  const answered = new Set<string>()
  let last = ''
  while (!signal.aborted) {
    const call = parseCall(await readUntrusted(callFile(exchange), CALL_BYTES))
    if (signal.aborted) return
    if (call === null || call.id === last || answered.has(call.id)) {
      await clock.sleep(LOOK_MS, signal)
      continue
    }
    last = call.id
    const isOneTooMany = answered.size >= MOST_CALLS
    // Who goes on all the same keeps us no busier than who does not.
    if (isOneTooMany) await clock.sleep(LOOK_MS, signal)
    else answered.add(call.id)
    const tool = isOneTooMany ? undefined : tools.find(({ name }) => name === call.tool)
    const refusal = isOneTooMany ? `${MOST_CALLS} calls were answered.` : `There is no tool ${call.tool}.`
    await answer(answerFile(exchange, call.id), (await tool?.call(call.input)) ?? refusal)
  }
}

async function answer(file: string, text: string): Promise<void> {
  try {
    await writeWhole(file, JSON.stringify({ text: text.slice(0, ANSWER_BYTES / 8) }))
  } catch {
    // The agent removed the directory, or made it unwritable: it gets no answer.
  }
}
