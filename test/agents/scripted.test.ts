import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Agent, AgentEvent, AgentRequest } from '../../src/agents/agent.ts'
import { scriptedAgent } from '../../src/agents/scripted.ts'
import type { SessionAction } from '../../src/protocol/session-file.ts'
import { type AgentAction, agentConformance, requestIn } from '../conformance/agent.ts'
import { testPlace } from '../support/contained.ts'

const HOUR_MS = 3_600_000
const NOW = 1_000_000

agentConformance('the scripted driver', {
  agent: (actions) => playing([actions.flatMap(sessionActions)]),
  tellsUsage: true,
  tellsDisputes: true,
  floods: true,
  notInstalled: () => playing([[]], '/no/such/node'),
})

describe('the scripted driver', () => {
  it('plays the attempt that the engine names, and says when there is no more', async () => {
    using place = testPlace()
    const agent = playing([[{ write: { 'a.txt': 'first' } }], [{ write: { 'a.txt': 'second' } }]])
    await all(agent, { ...requestIn(place), playIndex: 1 })
    expect(read(place.path, 'a.txt')).toBe('second')
    const beyond = await all(agent, { ...requestIn(place), playIndex: 2 })
    expect(beyond).toMatchObject([{ result: { kind: 'infrastructure', code: 'session_exhausted' } }])
  })

  it('edits what is there exactly once, and crashes on anything else', async () => {
    using place = testPlace()
    const write: SessionAction = { write: { 'a.txt': 'one two one' } }
    await all(playing([[write, { edit: { 'a.txt': [['two', '$&3']] } }]]), requestIn(place))
    expect(read(place.path, 'a.txt')).toBe('one $&3 one')
    const twice = await all(playing([[write, { edit: { 'a.txt': [['one', '1']] } }]]), requestIn(place))
    expect(twice.at(-1)).toMatchObject({ result: { kind: 'gave_up', cause: 'crash' } })
    expect(JSON.stringify(twice)).toContain('2 times, not once')
  })

  it('deletes, and runs commands in the tree', async () => {
    using place = testPlace()
    const actions: SessionAction[] = [
      { write: { 'old/a.txt': 'a' } },
      { delete: ['old'] },
      { run: ['sh', '-c', 'ls > listing'] },
    ]
    await all(playing([actions]), requestIn(place))
    expect(read(place.path, 'listing')).toBe('listing\n')
  })

  it.each([
    ['rate_limit', { kind: 'provider_limit', cause: 'rate_limit', resetAt: NOW + HOUR_MS }],
    ['overloaded', { kind: 'provider_limit', cause: 'overloaded', resetAt: NOW + HOUR_MS }],
    ['max_turns', { kind: 'gave_up', cause: 'max_turns' }],
    ['auth', { kind: 'infrastructure', code: 'auth' }],
  ] as const)('fails by %s as a provider would', async (fail, result) => {
    using place = testPlace()
    const told = await all(playing([[{ fail, resetMs: HOUR_MS }]]), requestIn(place))
    expect(told.at(-1)).toMatchObject({ kind: 'result', result })
  })

  it('leaves out sleeps when told to', async () => {
    using place = testPlace()
    const agent = playing([[{ sleepMs: HOUR_MS }, { say: 'awake' }]], process.execPath, true)
    expect(await all(agent, requestIn(place))).toContainEqual({ kind: 'said', text: 'awake' })
  })
})

function playing(
  attempts: readonly (readonly SessionAction[])[],
  node = process.execPath,
  withoutSleep = false,
): Agent {
  const green = attempts.map((actions) => [...actions])
  return scriptedAgent({
    session: { version: 1, tasks: { 'TASK-1': { green } } },
    node,
    withoutSleep,
    now: () => NOW,
  })
}

function sessionActions(action: AgentAction): SessionAction[] {
  if ('say' in action) return Array.from({ length: action.times ?? 1 }, () => ({ say: action.say }))
  if ('sayLong' in action) return [{ say: 'x'.repeat(action.sayLong) }]
  if ('crash' in action) return [{ fail: 'crash' }]
  if ('busy' in action) return [{ sleepMs: HOUR_MS }]
  if ('background' in action)
    return [{ run: ['sh', '-c', '"$@" >/dev/null 2>&1 &', 'sh', ...action.background] }]
  if ('usage' in action) return [{ usage: action.usage }]
  return [action]
}

async function all(agent: Agent, request: AgentRequest): Promise<AgentEvent[]> {
  const told: AgentEvent[] = []
  for await (const event of agent.run(request, new AbortController().signal)) told.push(event)
  return told
}

function read(place: string, file: string): string {
  return readFileSync(join(place, 'tree', file), 'utf8')
}
