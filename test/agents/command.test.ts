import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Agent, AgentEvent, AgentRequest } from '../../src/agents/agent.ts'
import { priceList } from '../../src/domain/model-prices.ts'
import { commandAgent } from '../../src/agents/command.ts'
import { type AgentAction, agentConformance, requestIn } from '../conformance/agent.ts'
import { testPlace } from '../support/contained.ts'

const ACTING = resolve(import.meta.dirname, '../fixtures/agents/acting-agent.mjs')
const NODE = process.execPath
const PLAIN = { output: 'text', now: () => 0, prices: priceList({}) } as const

agentConformance('the command driver', {
  agent: (actions) => acting(actions),
  tellsUsage: false,
  tellsDisputes: true,
  floods: true,
  notInstalled: () =>
    commandAgent({ name: 'command', argv: ['no-such-coding-agent'], promptVia: 'stdin', ...PLAIN }),
})

describe('the command driver', () => {
  it('gives the prompt on standard input, in a file, and where the arguments name it', async () => {
    using place = testPlace()
    const script = `
      const { readFileSync, writeFileSync } = require('node:fs')
      const [file, text] = process.argv.slice(1)
      writeFileSync('seen.json', JSON.stringify([
        readFileSync(0, 'utf8'), readFileSync(file, 'utf8'), text, readFileSync(process.env.TDD_PROMPT_FILE, 'utf8'),
      ]))`
    const argv = [NODE, '-e', script, '{prompt_file}', '<{prompt}>'] as const
    await all(commandAgent({ name: 'command', argv, promptVia: 'stdin', ...PLAIN }), requestIn(place))
    const prompt = 'Make it so.\n'
    expect(JSON.parse(seen(place.path, 'seen.json'))).toEqual([prompt, prompt, `<${prompt}>`, prompt])
  })

  it.each([`it costs $& and $', $$, $1 and {prompt_file}`, '{prompt}'])(
    'gives a prompt in an argument as it stands: %s',
    async (prompt) => {
      using place = testPlace()
      const script = `require('node:fs').writeFileSync('seen', process.argv[1])`
      const argv = [NODE, '-e', script, '<{prompt}>'] as const
      const agent = commandAgent({ name: 'command', argv, promptVia: 'file', ...PLAIN })
      await all(agent, { ...requestIn(place), prompt })
      expect(seen(place.path, 'seen')).toBe(`<${prompt}>`)
    },
  )

  it.each([
    ['is longer than an argument may be', 'x'.repeat(200_000)],
    ['holds what no argument can', 'a\0b'],
  ])('blames neither agent nor program for a prompt that %s', async (_what, prompt) => {
    using place = testPlace()
    const argv = [NODE, '-e', '', '{prompt}'] as const
    const agent = commandAgent({ name: 'command', argv, promptVia: 'file', ...PLAIN })
    expect((await all(agent, { ...requestIn(place), prompt })).at(-1)).toMatchObject({
      kind: 'result',
      result: {
        kind: 'infrastructure',
        code: 'failed',
        detail: expect.stringContaining('{prompt_file}') as string,
      },
    })
  })

  it('leaves standard input empty where the prompt goes by file', async () => {
    using place = testPlace()
    const script = `require('node:fs').writeFileSync('seen', require('node:fs').readFileSync(0, 'utf8'))`
    const agent = commandAgent({ name: 'command', argv: [NODE, '-e', script], promptVia: 'file', ...PLAIN })
    await all(agent, requestIn(place))
    expect(seen(place.path, 'seen')).toBe('')
  })

  it('names task, stage and attempt to the command', async () => {
    using place = testPlace()
    const script = `const { TDD_TASK, TDD_STAGE, TDD_ATTEMPT } = process.env
      require('node:fs').writeFileSync('seen', [TDD_TASK, TDD_STAGE, TDD_ATTEMPT].join())`
    const agent = commandAgent({ name: 'command', argv: [NODE, '-e', script], promptVia: 'stdin', ...PLAIN })
    await all(agent, requestIn(place))
    expect(seen(place.path, 'seen')).toBe('TASK-1,green,7')
  })

  it('gives the variables that are passed on, and keeps their values out of what it tells', async () => {
    using place = testPlace()
    const script = `const { MY_KEY, TDD_TASK } = process.env
      require('node:fs').writeFileSync('seen', [MY_KEY, TDD_TASK].join())
      console.log('the key is ' + MY_KEY)
      console.error('.'.repeat(294) + ' ' + MY_KEY)
      process.exit(1)`
    const passed = { MY_KEY: 'qzx-91 secret of the provider', TDD_TASK: 'not this one' }
    const agent = commandAgent({
      name: 'command',
      argv: [NODE, '-e', script],
      promptVia: 'stdin',
      passed,
      ...PLAIN,
    })
    const told = await all(agent, requestIn(place))
    expect(seen(place.path, 'seen')).toBe('qzx-91 secret of the provider,TASK-1')
    expect(told[0]).toMatchObject({ kind: 'said', text: expect.stringContaining('the key is ') })
    const detail = `exit code 1: ${'.'.repeat(294)} [redacted]`
    expect(told.at(-1)).toMatchObject({ result: { kind: 'gave_up', cause: 'crash', detail } })
    expect(JSON.stringify(told)).not.toContain('qzx-91')
  })

  it('tells why the command cannot go on, bounded and without a secret', async () => {
    using place = testPlace()
    const script = `require('node:fs').writeFileSync(process.env.TDD_BLOCKED_FILE, process.argv[1])`
    const reason = `no compiler; sk-ant-${'k'.repeat(30)} ${'x'.repeat(9_000)}`
    const argv = [NODE, '-e', script, reason] as const
    const told = await all(
      commandAgent({ ...PLAIN, name: 'command', argv, promptVia: 'file' }),
      requestIn(place),
    )
    const last = told.at(-1)
    expect(last).toMatchObject({ result: { kind: 'gave_up', cause: 'blocked' } })
    const detail = last?.kind === 'result' && last.result.kind === 'gave_up' ? last.result.detail : ''
    expect(detail).toMatch(/^no compiler; \[redacted\] x+…$/)
    expect(detail.length).toBe(4_000)
  })

  it('hands claims on, and takes what is none for nothing', async () => {
    using place = testPlace()
    const claims = async (handed: unknown) =>
      (await all(acting([{ claims: handed } as never]), requestIn(place))).at(-1)
    expect(await claims({ 'AC-1': ['doubles', 2], 'AC-2': 'x' })).toEqual({
      kind: 'result',
      result: { kind: 'done', claims: { 'AC-1': ['doubles'] } },
    })
    expect(await claims(['AC-1'])).toEqual({ kind: 'result', result: { kind: 'done', claims: {} } })
  })
})

function acting(actions: readonly AgentAction[]): Agent {
  return commandAgent({
    name: 'command',
    argv: [NODE, ACTING, JSON.stringify(actions)],
    promptVia: 'stdin',
    ...PLAIN,
  })
}

async function all(agent: Agent, request: AgentRequest): Promise<AgentEvent[]> {
  const told: AgentEvent[] = []
  for await (const event of agent.run(request, new AbortController().signal)) told.push(event)
  return told
}

function seen(place: string, file: string): string {
  return readFileSync(join(place, 'tree', file), 'utf8')
}
