import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { describe, expect, it } from 'vitest'
import type { AgentRequest } from '../../src/agents/agent.ts'
import { type HandedByTools, nothingHanded, taskTools, withTools } from '../../src/agents/task-tools.ts'
import { answerFile, callFile } from '../../src/agents/tool-calls.ts'
import { serveTools, toolServer, toolServerEnvironment } from '../../src/agents/serve-tools.ts'
import { requestIn } from '../conformance/agent.ts'
import { testPlace } from '../support/contained.ts'

const never = new AbortController().signal

describe('the tools of an attempt beside any agent', () => {
  it('are listed by a real client of the protocol, as the stage has them', async () => {
    using place = testPlace()
    const request = requestIn(place)
    await using tools = await connected({ ...request, stage: 'red' })
    expect((await tools.client.listTools()).tools.map(({ name }) => name)).toEqual([
      'task_get',
      'task_criteria',
      'run_tests',
      'claim',
      'report_blocked',
    ])
  })

  it('tell the task, run its tests, and take what is handed in', async () => {
    using place = testPlace()
    const asked: (readonly string[] | null)[] = []
    const runTests: AgentRequest['runTests'] = (files) => {
      asked.push(files)
      return Promise.resolve('2 passed')
    }
    await using tools = await connected({ ...requestIn(place), runTests })
    expect(await tools.call('task_get')).toContain('Make it so.')
    expect(await tools.call('task_criteria')).toBe('AC-1: it is so')
    expect(await tools.call('run_tests')).toBe('2 passed')
    expect(await tools.call('run_tests', { files: ['test/a.test.js'] })).toBe('2 passed')
    expect(asked).toEqual([null, ['test/a.test.js']])
    await tools.call('dispute', { reason: 'AC-1 says 4' })
    expect(withTools({ kind: 'done', claims: {} }, tools.handed)).toEqual({
      kind: 'disputed',
      reason: 'AC-1 says 4',
    })
  })

  it('answer two clients at once, each its own', async () => {
    using place = testPlace()
    const request = requestIn(place)
    await using tools = await connected(request)
    await using second = await client(request)
    const answers = await Promise.all([
      ...[1, 2, 3].map(() => tools.call('task_criteria')),
      ...[1, 2, 3].map(() => called(second.client, 'task_get')),
    ])
    expect(answers.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'AC-1: it is so'))
    expect(answers.slice(3).every((text) => text.includes('Make it so.'))).toBe(true)
  })

  it('refuse what does not fit, without a word to the engine', async () => {
    using place = testPlace()
    await using tools = await connected(requestIn(place))
    expect(await tools.call('report_blocked', { reason: 'x'.repeat(5_000) })).toMatch(/invalid|4000/i)
    expect(await tools.call('run_tests', { files: 'all' })).toMatch(/invalid|array/i)
    expect(tools.handed.blocked).toBe(null)
  })

  it('note claims of criteria of the task alone', async () => {
    using place = testPlace()
    await using tools = await connected({ ...requestIn(place), stage: 'red' })
    expect(await tools.call('claim', { criterion: 'AC-9', tests: ['x'] })).toContain('but AC-1')
    await tools.call('claim', { criterion: 'AC-1', tests: ['y'] })
    expect([...tools.handed.claims]).toEqual([['AC-1', ['y']]])
  })

  it('obey nothing that an agent puts into their files', async () => {
    using place = testPlace()
    const request = requestIn(place)
    const secret = join(place.path, 'secret.json')
    writeFileSync(
      secret,
      JSON.stringify({ id: 'abcdefghijkm', tool: 'report_blocked', input: { reason: 'x' } }),
    )
    symlinkSync(secret, callFile(request.exchange))
    const victim = join(place.path, 'victim')
    writeFileSync(victim, 'untouched')
    symlinkSync(victim, answerFile(request.exchange, 'nopqrstuvwxy'))
    const handed = nothingHanded()
    {
      await using _serving = serveTools(request, () => taskTools(request, handed, never))
      await sleep(300)
      expect(handed.blocked).toBe(null)
      for (const text of ['not json', '{"id":"../../x","tool":"task_get"}', 'x'.repeat(1_000_000)])
        await written(request, text)
      await written(request, JSON.stringify({ id: 'nopqrstuvwxy', tool: 'no_such', input: null }))
      expect(JSON.parse(readFileSync(answerFile(request.exchange, 'nopqrstuvwxy'), 'utf8'))).toEqual({
        text: 'There is no tool no_such.',
      })
    }
    expect(readFileSync(victim, 'utf8')).toBe('untouched')
    expect(existsSync(join(place.path, 'x'))).toBe(false)
  })

  it('end with the attempt, also a run of tests that is under way', async () => {
    using place = testPlace()
    const underWay = Promise.withResolvers<void>()
    const request: AgentRequest = {
      ...requestIn(place),
      runTests: (_files, signal) => {
        underWay.resolve()
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve('ended')))
      },
    }
    const serving = serveTools(request, (signal) => taskTools(request, nothingHanded(), signal))
    await written(request, JSON.stringify({ id: 'abcdefghijkm', tool: 'run_tests', input: {} }))
    await underWay.promise
    await serving[Symbol.asyncDispose]()
    expect(readFileSync(answerFile(request.exchange, 'abcdefghijkm'), 'utf8')).toContain('ended')
  })

  it('are named in a file for clients that read one', async () => {
    using place = testPlace()
    const request = requestIn(place)
    mkdirSync(request.exchange, { recursive: true })
    const { TDD_MCP_CONFIG } = await toolServerEnvironment(request)
    const { name, command, args } = toolServer(request)
    expect(JSON.parse(readFileSync(TDD_MCP_CONFIG, 'utf8'))).toMatchObject({
      mcpServers: { [name]: { command, args } },
    })
  })
})

async function written(request: AgentRequest, text: string): Promise<void> {
  const { writeWhole } = await import('../../src/runtime/write-whole.ts')
  await writeWhole(callFile(request.exchange), text)
  await sleep(250)
}

async function connected(request: AgentRequest) {
  const handed: HandedByTools = nothingHanded()
  const serving = serveTools(request, (signal) => taskTools(request, handed, signal))
  const opened = await client(request)
  return {
    handed,
    client: opened.client,
    call: (name: string, input: Record<string, unknown> = {}) => called(opened.client, name, input),
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]()
      await serving[Symbol.asyncDispose]()
    },
  }
}

async function client(request: AgentRequest) {
  const { command, args, env } = toolServer(request)
  const opened = new Client({ name: 'a test', version: '1.0.0' })
  await opened.connect(new StdioClientTransport({ command, args: [...args], env }))
  return { client: opened, [Symbol.asyncDispose]: () => opened.close() }
}

async function called(of: Client, name: string, input: Record<string, unknown> = {}): Promise<string> {
  const { content } = await of.callTool({ name, arguments: input })
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
