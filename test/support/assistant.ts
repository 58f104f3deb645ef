import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { join, resolve } from 'node:path'
import type { CliSample } from './cli-sample.ts'

export const PROGRAM = join(resolve(import.meta.dirname, '../..'), 'dist', 'cli', 'main.js')

/** What a tool answered, and whether it is an error; its document where it is JSON. */
export interface Answered {
  readonly isError: boolean
  readonly text: string
  readonly document: Readonly<Record<string, unknown>>
}

/** An assistant of a person: the real client, which has started `orchestrator mcp` in the repository of a sample. */
export async function assistant(sample: CliSample, args: readonly string[] = []) {
  const client = new Client({ name: 'a test', version: '1.0.0' })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [PROGRAM, 'mcp', ...args],
    cwd: sample.repo.root,
    env: { ...sample.env },
    stderr: 'pipe',
  })
  let logged = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    logged += chunk.toString('utf8')
  })
  await client.connect(transport)
  return {
    client,
    pid: transport.pid,
    logged: () => logged,
    call: async (name: string, input: Record<string, unknown> = {}): Promise<Answered> => {
      const { content, isError } = await client.callTool({ name, arguments: input }, { timeout: 120_000 })
      const texts = content.map((part) => (part.type === 'text' ? part.text : ''))
      return { isError: isError === true, text: texts.join('\n'), document: parsed(texts[0] ?? '') }
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

function parsed(text: string): Answered['document'] {
  try {
    return JSON.parse(text) as Answered['document']
  } catch {
    // Words, or part of a document.
    return {}
  }
}
