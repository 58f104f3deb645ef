import { describe, expect, it } from 'vitest'
import { priceList } from '../domain/model-prices.ts'
import type { AgentEvent } from './agent.ts'
import { type PrintedFormat, printedReader } from './printed-format.ts'

const GIVEN = { now: () => 0, prices: priceList({}) }
const FORMATS: readonly PrintedFormat[] = ['text', 'codex-json', 'opencode-json', 'claude-json']

describe('what a command prints', () => {
  it.each(FORMATS)('is told as it stands where it is no line of %s', (format) => {
    const reader = printedReader(format, GIVEN)
    for (const line of ['plain words', '', '[1, 2]', '{ not json'])
      expect(reader.read(line)).toEqual([said(line)])
    expect(reader.fault()).toBeNull()
  })

  it.each(FORMATS.slice(1))('leads nobody astray with a wrong shape of %s', (format) => {
    const reader = printedReader(format, GIVEN)
    const lines = [
      '{"type":"turn.completed","usage":{"input_tokens":-5,"output_tokens":"many"}}',
      '{"type":"step_finish","part":{"cost":"free","tokens":{"input":null}}}',
      '{"type":"result","usage":7}',
      '{"type":"turn.failed","error":{"message":{}}}',
      '{"type":"error","error":[]}',
      '{"type":"__proto__"}',
    ]
    const amounts = lines.flatMap((line) => reader.read(line)).flatMap(amountsOf)
    expect(amounts.every((amount) => Number.isFinite(amount) && amount >= 0)).toBe(true)
    expect(reader.fault()).toBeNull()
  })

  it('is words, tools, and the tokens that are no part of one another, in the lines of Codex', () => {
    const { read, fault } = printedReader('codex-json', GIVEN)
    const told = [
      '{"type":"thread.started","thread_id":"x"}',
      '{"type":"item.started","item":{"id":"1","type":"command_execution","command":"ls\\n-l"}}',
      '{"type":"item.completed","item":{"id":"1","type":"command_execution","command":"ls"}}',
      '{"type":"item.completed","item":{"id":"2","type":"agent_message","text":"Done."}}',
      '{"type":"turn.completed","usage":{"input_tokens":200,"cached_input_tokens":80,"cache_write_input_tokens":20,"output_tokens":14}}',
    ].flatMap((line) => read(line))
    expect(told).toEqual([
      { kind: 'tool', name: 'command_execution', detail: 'ls -l' },
      said('Done.'),
      usage({ inputTokens: 100, outputTokens: 14, cacheReadTokens: 80, cacheWriteTokens: 20 }),
    ])
    expect(fault()).toBeNull()
    read('{"type":"turn.failed","error":{"message":"last status: 429 Too Many Requests"}}')
    expect(fault()).toMatchObject({ kind: 'provider_limit', cause: 'rate_limit' })
  })

  it('adds up the answers in the lines of OpenCode', () => {
    const { read, fault } = printedReader('opencode-json', GIVEN)
    const step =
      '{"type":"step_finish","part":{"tokens":{"input":11,"output":7,"reasoning":1,"cache":{"write":5,"read":3}},"cost":0.5}}'
    const told = [step, '{"type":"text","part":{"text":"Done."}}', step].flatMap((line) => read(line))
    expect(told).toEqual([
      usage({ inputTokens: 11, outputTokens: 8, cacheReadTokens: 3, cacheWriteTokens: 5, costUsd: 0.5 }),
      said('Done.'),
      usage({ inputTokens: 22, outputTokens: 16, cacheReadTokens: 6, cacheWriteTokens: 10, costUsd: 1 }),
    ])
    read('{"type":"error","error":{"name":"APIError","data":{"message":"played","statusCode":401}}}')
    expect(fault()).toEqual({ kind: 'infrastructure', code: 'auth', detail: 'APIError 401 played' })
  })

  it('is the fault of the agent where its words say nothing of a provider', () => {
    const { read, fault } = printedReader('codex-json', GIVEN)
    read('{"type":"turn.failed","error":{"message":"it broke"}}')
    expect(fault()).toEqual({ kind: 'gave_up', cause: 'crash', detail: 'it broke' })
  })
})

function said(text: string): AgentEvent {
  return { kind: 'said', text }
}

function usage(told: object): object {
  const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 }
  return { kind: 'usage', usage: { ...none, ...told } }
}

function amountsOf(event: AgentEvent): number[] {
  return event.kind === 'usage' ? Object.values(event.usage as unknown as Record<string, number>) : []
}
