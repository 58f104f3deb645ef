import { describe, expect, it } from 'vitest'
import { agentEndFacts, attemptFacts } from './span-facts.ts'

const USAGE = { inputTokens: 5, outputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.5 }

describe('what spans say', () => {
  it('is the first refusal of an attempt as its error, and all codes once', () => {
    const refusal = (code: 'flaky' | 'tests_failed') => ({
      code,
      fact: 'secret',
      hint: 'secret',
      details: ['secret'],
    })
    const told = attemptFacts(
      {
        kind: 'refused',
        refusals: [refusal('tests_failed'), refusal('flaky'), refusal('flaky')],
        base: 'b',
        tree: null,
      },
      null,
    )
    expect(told).toEqual({
      attributes: { 'tdd.attempt.outcome': 'refused', 'tdd.refusal.codes': ['tests_failed', 'flaky'] },
      error: 'tests_failed',
    })
  })

  it.each([
    [{ kind: 'gave_up', cause: 'stalled', detail: 'x' }, 'stalled'],
    [{ kind: 'lost', cause: 'provider_limit', detail: 'x', retryAt: null }, 'provider_limit'],
    [{ kind: 'lost', cause: 'user', detail: 'x', retryAt: null }, null],
    [{ kind: 'disputed', reason: 'x' }, null],
  ] as const)('is the cause of %o', (outcome, error) => {
    expect(attemptFacts(outcome, null)).toEqual({
      attributes: { 'tdd.attempt.outcome': outcome.kind },
      error,
    })
  })

  it('is what was sampled, and nothing that was not', () => {
    const used = { samples: 0, cpuMs: 12, peakBytes: 0, peakProcesses: 0, points: [] }
    const told = (more: object) => attemptFacts({ kind: 'dispute_rejected' }, { ...used, ...more }).attributes
    expect(told({})).toEqual({ 'tdd.attempt.outcome': 'dispute_rejected', 'tdd.attempt.cpu_ms': 12 })
    expect(told({ samples: 1, peakBytes: 9, peakProcesses: 2 })).toMatchObject({
      'tdd.attempt.peak_memory_bytes': 9,
      'tdd.attempt.peak_processes': 2,
    })
  })

  it('says nothing of a cache that was not used', () => {
    const { attributes } = agentEndFacts({ result: { kind: 'done' }, usage: USAGE })
    expect(Object.keys(attributes).filter((name) => name.includes('cache'))).toEqual([])
  })

  it('counts what came from a cache among the input of an agent, as the conventions ask', () => {
    const usage = { ...USAGE, cacheReadTokens: 100, cacheWriteTokens: 20 }
    expect(agentEndFacts({ result: { kind: 'done' }, usage })).toEqual({
      attributes: {
        'gen_ai.usage.input_tokens': 125,
        'gen_ai.usage.output_tokens': 7,
        'gen_ai.usage.cache_read.input_tokens': 100,
        'gen_ai.usage.cache_creation.input_tokens': 20,
        'tdd.agent.cost_usd': 0.5,
        'tdd.agent.result': 'done',
      },
      error: null,
    })
  })

  it.each([
    [{ kind: 'gave_up', cause: 'max_turns' }, 'max_turns'],
    [{ kind: 'provider_limit', cause: 'overloaded' }, 'overloaded'],
    [{ kind: 'infrastructure', code: 'auth' }, 'auth'],
    [{ kind: 'aborted' }, null],
  ])('has what stopped an agent as its error: %o', (result, error) => {
    expect(agentEndFacts({ result, usage: USAGE }).error).toBe(error)
  })
})
