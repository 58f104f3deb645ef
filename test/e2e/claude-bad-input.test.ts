import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ModelAnswer } from '../../src/agents/endpoint/model-call.ts'
import { openModelEndpoint } from '../../src/agents/endpoint/model-endpoint.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { DRILL } from '../support/drill.ts'
import { cliSample, numberTask } from '../support/cli-sample.ts'
import { nodeModulesWith } from '../support/tools.ts'

const modules = nodeModulesWith('claude-agent-sdk')
const NOWHERE = 'http://127.0.0.1:9'

describe.skipIf(modules === null)('a run whose Claude Code cannot work', () => {
  const refusals: [string, ModelAnswer, RegExp][] = [
    ['a key that is refused', error(401, 'authentication_error', 'invalid x-api-key'), /ANTHROPIC_API_KEY/],
    ['no credit', error(400, 'invalid_request_error', 'Your credit balance is too low'), /credit/],
    [
      'a model that does not exist',
      error(404, 'not_found_error', 'model: claude-nope'),
      /agents\.claude\.highModel/,
    ],
  ]
  it.each(DRILL ? refusals : refusals.slice(0, 1))(
    'pauses at once at %s, says what to do, and blames no task',
    async (_what, answer, advice) => {
      await using endpoint = await openModelEndpoint({ answer: () => answer, clock: systemClock })
      const { code, report, reason, tasks } = await ranWith(endpoint.url)
      expect(code).toBe(75)
      expect(report).toMatchObject({ state: 'paused', pausedBy: 'agent', spend: { inputTokens: 0 } })
      expect(reason).toMatch(advice)
      expect(String(report['next'])).toContain('run --resume')
      // Each worker has asked once; nobody asks again.
      expect(report['attempts']).toBeLessThanOrEqual(2)
      expect(tasks).toEqual(['retryable', 'retryable'])
    },
  )

  it.runIf(DRILL)(
    'asks an endpoint that is not there again for a while, and then lets the run rest',
    async () => {
      const { code, report, tasks } = await ranWith(NOWHERE)
      expect(code).toBe(75)
      expect(report).toMatchObject({ state: 'paused', pausedBy: 'circuit', refusals: [] })
      expect(tasks).toEqual(['retryable', 'retryable'])
    },
  )
})

function error(status: number, type: string, message: string): ModelAnswer {
  return { kind: 'error', status, type, message, headers: {} }
}

async function ranWith(url: string): Promise<{
  readonly code: number | null
  readonly report: Readonly<Record<string, unknown>>
  readonly reason: unknown
  readonly tasks: readonly unknown[]
}> {
  const sample = cliSample()
  const env = {
    ...sample.env,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'sk-ant-a-key-that-is-none',
    TDD_CLAUDE_SDK: join(modules ?? '', '@anthropic-ai/claude-agent-sdk'),
  }
  const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double'), numberTask('triple')] }
  await sample.json(['ingest', sample.beside('plan.json', plan)])
  const { code, document } = await sample.json(['run', '--workers', '2'], { env })
  const { document: list } = await sample.json(['task', 'list'])
  const tasks = (list['tasks'] as readonly { readonly state: unknown }[]).map(({ state }) => state)
  const { document: status } = await sample.json(['status'])
  const { reason } = status['run'] as { readonly reason: unknown }
  return { code, report: document, reason, tasks }
}
