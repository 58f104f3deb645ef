import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { ClaudeSdk } from '../../src/agents/claude.ts'
import { type ModelAnswer, NO_TOKENS } from '../../src/agents/endpoint/model-call.ts'
import { openModelEndpoint } from '../../src/agents/endpoint/model-endpoint.ts'
import { nothingHanded, taskTools } from '../../src/agents/task-tools.ts'
import { serveTools, toolServer } from '../../src/agents/serve-tools.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { requestIn } from '../conformance/agent.ts'
import { PROGRAM } from '../support/assistant.ts'
import { cliSample, numberTask } from '../support/cli-sample.ts'
import { testPlace } from '../support/contained.ts'
import { nodeModulesWith } from '../support/tools.ts'

const modules = nodeModulesWith('claude-agent-sdk')

/** One use of a tool after the other; what tools answered is kept. */
async function used(
  server: {
    readonly command: string
    readonly args: readonly string[]
    readonly env: Record<string, string>
  },
  uses: readonly (readonly [string, Record<string, unknown>])[],
  place: { readonly cwd: string; readonly home: string },
): Promise<string[]> {
  const sdk = (await import(
    pathToFileURL(join(modules ?? '', '@anthropic-ai/claude-agent-sdk/sdk.mjs')).href
  )) as ClaudeSdk
  const results: string[] = []
  await using endpoint = await openModelEndpoint({
    answer: (call): ModelAnswer => {
      results.push(...call.results.map(({ text }) => text))
      const [name, input] = uses[call.turn] ?? []
      if (name === undefined || input === undefined)
        return { kind: 'message', blocks: [{ type: 'text', text: 'done' }], usage: NO_TOKENS }
      const use = {
        type: 'tool_use',
        id: `toolu_${call.turn}`,
        name: `mcp__orchestrator__${name}`,
        input,
      } as const
      return { kind: 'message', blocks: [use], usage: NO_TOKENS }
    },
    clock: systemClock,
  })
  const session = sdk.query({
    prompt: 'How is the run?',
    options: {
      cwd: place.cwd,
      settingSources: [],
      allowedTools: ['mcp__orchestrator'],
      permissionMode: 'dontAsk',
      mcpServers: { orchestrator: server },
      env: {
        PATH: process.env['PATH'],
        HOME: place.home,
        ANTHROPIC_BASE_URL: endpoint.url,
        ANTHROPIC_API_KEY: 'sk-ant-a-key-that-is-none',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
    },
  })
  for await (const message of session) void message
  return results
}

describe.skipIf(modules === null)('Claude Code itself', () => {
  it('has the tools of the orchestrator as an assistant of a person', async () => {
    const sample = cliSample()
    const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
    await sample.cli(['ingest', sample.beside('plan.json', plan)])
    const server = { command: process.execPath, args: [PROGRAM, 'mcp'], env: { ...sample.env } }
    const results = await used(
      server,
      [
        ['status', {}],
        ['task', { key: 'DOUBLE-1' }],
        ['run', {}],
      ],
      { cwd: sample.repo.root, home: sample.repo.directory },
    )
    expect(results[0]).toMatch(/state\W+planned/)
    expect(results[1]).toContain('double(2) is 4')
    expect(results[2]).toContain('permission_missing')
  })

  it('can use the server that other agents have beside them', async () => {
    using place = testPlace()
    const request = { ...requestIn(place), runTests: () => Promise.resolve('2 passed') }
    const handed = nothingHanded()
    await using _serving = serveTools(request, (signal) => taskTools(request, handed, signal))
    const { command, args, env } = toolServer(request)
    const results = await used(
      { command, args, env: { ...env } },
      [
        ['task_criteria', {}],
        ['run_tests', {}],
        ['report_blocked', { reason: 'no compiler' }],
      ],
      { cwd: request.directory, home: place.path },
    )
    expect(results[0]).toContain('AC-1: it is so')
    expect(results[1]).toContain('2 passed')
    expect(handed.blocked).toBe('no compiler')
  })
})
