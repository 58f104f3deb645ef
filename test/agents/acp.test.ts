import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acpAgent } from '../../src/agents/acp.ts'
import type { Agent, AgentEvent, AgentRequest } from '../../src/agents/agent.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { agentConformance, requestIn } from '../conformance/agent.ts'
import { testPlace } from '../support/contained.ts'

const ACTING = resolve(import.meta.dirname, '../fixtures/agents/acp-agent.mjs')
/** It takes its session, reads no more, and asks for more answers than fit into what nobody reads. */
const DEAF = `
const say = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }))
let asked = 0
process.stdin.on('data', () => {
  asked += 1
  if (asked === 1) say({ id: 0, result: { protocolVersion: 1, agentCapabilities: {} } })
  if (asked === 2) say({ id: 1, result: { sessionId: 's' } })
  if (asked !== 3) return
  process.stdin.pause()
  const toolCall = { toolCallId: 'one' }
  const options = [{ optionId: 'x'.repeat(1000), kind: 'allow_once', name: 'Yes' }]
  for (let id = 0; id < 500; id++) say({ id, method: 'session/request_permission', params: { sessionId: 's', toolCall, options } })
  const content = { type: 'text', text: 'busy\\n' }
  setInterval(() => say({ method: 'session/update', params: { sessionId: 's', update: { sessionUpdate: 'agent_message_chunk', content } } }), 200)
})`
const NO_MODELS = { low: null, medium: null, high: null }

agentConformance('the acp driver', {
  agent: (actions) => acting(actions),
  tellsUsage: true,
  tellsDisputes: true,
  floods: true,
  notInstalled: () => acp(['no-such-acp-agent']),
})

describe('the acp driver', () => {
  it.each([
    ['max_tokens', { kind: 'gave_up', cause: 'max_turns' }],
    ['max_turn_requests', { kind: 'gave_up', cause: 'max_turns' }],
    ['refusal', { kind: 'gave_up', cause: 'refused' }],
    ['cancelled', { kind: 'gave_up', cause: 'crash' }],
  ])('tells a turn that stops with %s apart', async (stop, result) => {
    using place = testPlace()
    expect(resultOf(await all(acting([{ stop }]), requestIn(place)))).toMatchObject(result)
  })

  it.each([
    [[-32_000, 'Authentication required'], { kind: 'infrastructure', code: 'auth' }],
    [[-32_603, 'Internal error: 429'], { kind: 'provider_limit', cause: 'rate_limit' }],
    [
      [-32_603, 'Internal error', { errorKind: 'server_error' }],
      { kind: 'provider_limit', cause: 'overloaded' },
    ],
    [[-32_603, 'it broke'], { kind: 'gave_up', cause: 'crash', detail: 'it broke' }],
  ])('tells whose fault the error %j is', async (error, result) => {
    using place = testPlace()
    expect(resultOf(await all(acting([{ error }]), requestIn(place)))).toMatchObject(result)
  })

  it('blames nobody before the agent has its work', async () => {
    using place = testPlace()
    const failed = { kind: 'infrastructure', code: 'failed' }
    const newError = [-32_603, 'it cannot begin']
    expect(resultOf(await all(acting([{ newError }]), requestIn(place)))).toMatchObject(failed)
    const mute = acp([process.execPath, '-e', 'console.error("usage: agent --acp"); process.exit(2)'])
    expect(resultOf(await all(mute, requestIn(place)))).toMatchObject({
      ...failed,
      detail: expect.stringContaining('usage: agent --acp') as string,
    })
  })

  it('says which version of the protocol an agent speaks that does not fit', async () => {
    using place = testPlace()
    expect(resultOf(await all(acting([{ protocol: 7 }]), requestIn(place)))).toEqual({
      kind: 'infrastructure',
      code: 'failed',
      detail: 'it speaks version 7 of the Agent Client Protocol, and this program version 1',
    })
  })

  it('allows what the stage may change, denies the rest, and says why afterwards', async () => {
    using place = testPlace()
    const request = {
      ...requestIn(place),
      mayChange: (path: string) => (path.startsWith('test/') ? `${path} is a test.` : null),
    }
    const told = await all(
      acting([{ write: { 'test/x': '' } }, { ask: 'a.js' }, { ask: 'test/a.js' }]),
      request,
    )
    expect(resultOf(told)).toEqual({ kind: 'done', claims: {} })
    expect(inTree(place.path, 'a.js')).toBe('allowed\n')
    expect(existsSync(join(place.path, 'tree/test/a.js'))).toBe(false)
    expect(inTree(place.path, 'prompt-2')).toContain('test/a.js is a test.')
    expect(existsSync(join(place.path, 'tree/prompt-3'))).toBe(false)
  })

  it('tells an agent that asks for file after file some of the reasons', async () => {
    using place = testPlace()
    const request = { ...requestIn(place), mayChange: (path: string) => `${path} is a test.` }
    const asks = Array.from({ length: 200 }, (_, index) => ({ ask: `${index}-${'x'.repeat(200)}` }))
    expect(resultOf(await all(acting(asks), request))).toEqual({ kind: 'done', claims: {} })
    expect(inTree(place.path, 'prompt-2').length).toBeLessThan(6_000)
  })

  it('tells an agent of the tools of its attempt, and takes what it hands in by them', async () => {
    using place = testPlace()
    const told = await all(acting([{ tool: 'dispute', input: { reason: 'AC-1 says 4' } }]), requestIn(place))
    expect(resultOf(told)).toEqual({ kind: 'disputed', reason: 'AC-1 says 4' })
  })

  it('reads no file for an agent', async () => {
    using place = testPlace()
    writeFileSync(join(place.path, 'secret'), 'a secret of the machine')
    await all(acting([{ read: join(place.path, 'secret') }]), requestIn(place))
    expect(inTree(place.path, 'read')).toBe('refused: -32601')
  })

  it('chooses the model of the tier, and says what is offered where there is no such one', async () => {
    using place = testPlace()
    const models = ['small', 'large']
    const choosing = (low: string) => acting([{ models }], { ...NO_MODELS, low })
    expect(resultOf(await all(choosing('large'), requestIn(place)))).toMatchObject({ kind: 'done' })
    expect(inTree(place.path, 'chosen-model')).toBe('large')
    expect(resultOf(await all(choosing('huge'), requestIn(place)))).toEqual({
      kind: 'infrastructure',
      code: 'model',
      detail: 'it has no model huge; it offers small, large',
    })
  })

  it('asks an agent to stop before it is ended', async () => {
    using place = testPlace()
    const stop = new AbortController()
    const told: AgentEvent[] = []
    const agent = acting([{ say: 'started' }, { untilCancelled: true }])
    for await (const event of agent.run(requestIn(place), stop.signal)) {
      told.push(event)
      if (event.kind === 'said') stop.abort()
    }
    expect(resultOf(told)).toEqual({ kind: 'aborted' })
    expect(inTree(place.path, 'was-cancelled')).toBe('yes')
  })

  it('ends an agent that is stopped while it reads nothing that it is sent', async () => {
    using place = testPlace()
    const stop = new AbortController()
    const deaf = acp([process.execPath, '-e', DEAF])
    const request = requestIn(place, { wallMs: 10_000, stallMs: 30_000 })
    const told: AgentEvent[] = []
    for await (const event of deaf.run({ ...request, prompt: 'x'.repeat(4 * 1024 * 1024) }, stop.signal)) {
      told.push(event)
      if (event.kind === 'said') stop.abort()
    }
    expect(resultOf(told)).toEqual({ kind: 'aborted' })
    expect(told.length).toBeLessThan(25)
  })

  it('speaks no more with an agent that asks on and on and reads no answer', async () => {
    using place = testPlace()
    const flooding = acp([process.execPath, '-e', DEAF.replace('id < 500', 'id < 20000')])
    expect(resultOf(await all(flooding, requestIn(place, { wallMs: 20_000 })))).toMatchObject({
      kind: 'gave_up',
      cause: 'crash',
      detail: expect.stringContaining('reads none of 1000 answers') as string,
    })
  })

  it('keeps a secret out of what it tells that comes in pieces', async () => {
    using place = testPlace()
    const passed = { MY_KEY: 'qzx-91 secret of the provider' }
    const sayPieces = ['the key is qzx-91 sec', 'ret of the', ' provider\nand more']
    const told = await all(acting([{ sayPieces }], NO_MODELS, passed), requestIn(place))
    const said = told.flatMap((event) => (event.kind === 'said' ? [event.text] : []))
    expect(said).toEqual(['the key is [redacted]', 'and more'])
  })

  it('tells a tool once, with what it is used on', async () => {
    using place = testPlace()
    const update = (sent: object) => ({ update: { toolCallId: 'one', ...sent } })
    const told = await all(
      acting([
        update({
          sessionUpdate: 'tool_call',
          title: 'Preparing',
          name: 'Write',
          kind: 'edit',
          locations: [],
        }),
        update({ sessionUpdate: 'tool_call_update', locations: [{ path: '/tree/a.js' }] }),
        update({ sessionUpdate: 'tool_call_update', status: 'completed' }),
        {
          update: {
            sessionUpdate: 'tool_call',
            toolCallId: 'two',
            title: 'x',
            kind: 'execute',
            rawInput: { command: 'ls\n-l' },
          },
        },
      ]),
      requestIn(place),
    )
    expect(told.filter(({ kind }) => kind === 'tool')).toEqual([
      { kind: 'tool', name: 'Write', detail: '/tree/a.js' },
      { kind: 'tool', name: 'execute', detail: 'ls -l' },
    ])
  })

  it('is not led astray by what is no message, and prints none of it', async () => {
    using place = testPlace()
    const printed: unknown[] = []
    const before = console.error
    console.error = (...words) => void printed.push(words)
    try {
      const lines = ['not json', '{}', '{"jsonrpc":"2.0","id":99,"result":1}', '{"jsonrpc":"2.0","method":7}']
      const wrong = {
        print: '{"jsonrpc":"2.0","method":"session/update","params":{"update":{"sessionUpdate":1}}}',
      }
      const told = await all(acting([...lines.map((print) => ({ print })), wrong]), requestIn(place))
      expect(resultOf(told)).toEqual({ kind: 'done', claims: {} })
      expect(printed).toEqual([])
    } finally {
      console.error = before
    }
  })
})

function acting(
  actions: readonly object[],
  models: Parameters<typeof acpAgent>[0]['models'] = NO_MODELS,
  passed: Readonly<Record<string, string>> = {},
): Agent {
  return acp([process.execPath, ACTING, JSON.stringify(actions)], models, passed)
}

function acp(
  argv: readonly [string, ...string[]],
  models: Parameters<typeof acpAgent>[0]['models'] = NO_MODELS,
  passed: Readonly<Record<string, string>> = {},
): Agent {
  return acpAgent({ argv, models, passed, clock: systemClock })
}

async function all(agent: Agent, request: AgentRequest): Promise<AgentEvent[]> {
  const told: AgentEvent[] = []
  for await (const event of agent.run(request, new AbortController().signal)) told.push(event)
  return told
}

function resultOf(told: readonly AgentEvent[]): unknown {
  const last = told.at(-1)
  return last?.kind === 'result' ? last.result : null
}

function inTree(place: string, file: string): string {
  return readFileSync(join(place, 'tree', file), 'utf8')
}
