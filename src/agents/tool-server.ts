/**
 * A program of its own: offers the tools of an attempt to an agent by the Model Context Protocol on standard input and
 * output. It stands beside the agent in its sandbox and decides nothing: what it is asked goes to the engine by files.
 */
import { rm } from 'node:fs/promises'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'
import { processEnvironment } from '../config/environment.ts'
import { AGENT_STAGES } from '../domain/stage.ts'
import { systemClock } from '../runtime/clock.ts'
import { readUntrusted } from '../runtime/read-untrusted.ts'
import { writeWhole } from '../runtime/write-whole.ts'
import { SERVER, toolDescriptions } from './task-tools.ts'
import { ANSWER_BYTES, answerFile, callFile, CALL_BYTES } from './tool-calls.ts'

/** The longest call is a run of tests, which ends earlier. */
const LONGEST_MS = 3_600_000
const LOOK_MS = 100
const ID_LETTERS = 12
/** Claude Code otherwise tells its model no more than their names. */
const ALWAYS_THERE = { 'anthropic/alwaysLoad': true }
const answerShape = z.object({ text: z.string() })

const { TDD_STAGE, TDD_TOOLS_DIRECTORY: exchange = '.' } = processEnvironment()
const stage = AGENT_STAGES.find((known) => known === TDD_STAGE) ?? 'green'

serveStdio(() => {
  const server = new McpServer({ name: SERVER, version: '1.0.0' })
  for (const { name, description, shape } of toolDescriptions(stage)) {
    const tool = { description, inputSchema: z.object(shape), _meta: ALWAYS_THERE }
    server.registerTool(name, tool, async (input, { mcpReq }) => ({
      content: [{ type: 'text', text: await ask(name, input, mcpReq.signal) }],
    }))
  }
  return server
})

async function ask(tool: string, input: unknown, signal: AbortSignal): Promise<string> {
  const id = systemClock.id(ID_LETTERS)
  const call = JSON.stringify({ id, tool, input })
  if (Buffer.byteLength(call) > CALL_BYTES) return 'The input is too long.'
  const file = answerFile(exchange, id)
  const deadline = systemClock.monotonic() + LONGEST_MS
  while (!signal.aborted && systemClock.monotonic() < deadline) {
    const text = await readUntrusted(file, ANSWER_BYTES)
    if (text !== null) {
      await rm(file, { force: true })
      return answerShape.parse(JSON.parse(text)).text
    }
    // Another call may have taken its place before it was seen.
    if ((await readUntrusted(callFile(exchange), CALL_BYTES)) !== call) await place(call)
    await systemClock.sleep(LOOK_MS, signal)
  }
  return 'Nobody answered.'
}

/** Another call stays for as long as it takes to be seen. */
async function place(call: string): Promise<void> {
  await systemClock.sleep(Math.ceil(systemClock.random() * 2 * LOOK_MS))
  await writeWhole(callFile(exchange), call)
}
