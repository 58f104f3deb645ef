import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  addedTokens,
  type ModelAnswer,
  type ModelCall,
  NO_TOKENS,
} from '../../src/agents/endpoint/model-call.ts'
import { type ModelEndpoint, openModelEndpoint } from '../../src/agents/endpoint/model-endpoint.ts'
import { sessionAnswer } from '../../src/agents/endpoint/session-endpoint.ts'
import { parseSession } from '../../src/protocol/session-file.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { cliSample, type CliSample } from '../support/cli-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { randomOf } from '../support/seeded-random.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { nodeModulesWith } from '../support/tools.ts'

const MINUTES = 60_000
const modules = nodeModulesWith('claude-agent-sdk')
const KEYS = ['A', 'B', 'C', 'D', 'E', 'F']
const NO_SPEND = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

describe.skipIf(modules === null)('a run with Claude Code whose provider does not always serve', () => {
  it(
    'completes through a storm of limits, blames no task, and accounts to the token',
    async () => {
      const random = randomOf(7)
      const storm = (call: ModelCall): ModelAnswer | null => {
        const dice = random()
        if (dice < 0.2) return limit(429, 'rate_limit_error', { 'retry-after': '1' })
        if (dice < 0.3) return limit(529, 'overloaded_error', {})
        if (call.turn === 0) return null
        if (dice < 0.35) return { kind: 'dropped' }
        if (dice < 0.4 && call.streamed) return { kind: 'malformed', usage: { ...NO_TOKENS, inputTokens: 3 } }
        return null
      }
      const { sample, endpoint } = await limitedSample(storm)
      await using _ = endpoint
      const { code, document: report, stderr } = await sample.json(['run', '--workers', '3'])
      expect(code, stderr).toBe(0)
      expect(report).toMatchObject({ state: 'completed', refusals: [], tasks: { completed: KEYS.length } })
      expect(await lossesOf(sample)).toEqual([])
      expectAccount(report['spend'], endpoint)
      expect(endpoint.ledger.some(({ status }) => status === 429)).toBe(true)
    },
    5 * MINUTES,
  )

  it(
    'waits for the end of a usage limit, and pays for nothing twice',
    async () => {
      let resetAt: number | null = null
      const usage = (call: ModelCall): ModelAnswer | null => {
        if (endpoint.ledger.length >= 5) resetAt ??= Math.ceil(Date.now() / 1_000) + 3
        if (resetAt === null || Date.now() >= resetAt * 1_000 || call.turn === 0) return null
        return limit(429, 'rate_limit_error', {
          'anthropic-ratelimit-unified-status': 'rejected',
          'anthropic-ratelimit-unified-reset': String(resetAt),
          'anthropic-ratelimit-unified-representative-claim': 'five_hour',
        })
      }
      const { sample, endpoint } = await limitedSample(usage, {
        CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-none',
      })
      await using _ = endpoint
      const { code, document: report, stderr } = await sample.json(['run', '--workers', '3'])
      expect(code, stderr).toBe(0)
      expect(report).toMatchObject({ state: 'completed', attempts: 3 * KEYS.length, refusals: [] })
      expect(await lossesOf(sample)).toEqual([])
      expectAccount(report['spend'], endpoint)
    },
    5 * MINUTES,
  )
})

function limit(status: number, type: string, headers: Readonly<Record<string, string>>): ModelAnswer {
  return { kind: 'error', status, type, message: 'played', headers }
}

/** A plan of letters, and an endpoint that plays it but where `limits` says something else. */
async function limitedSample(
  limits: (call: ModelCall) => ModelAnswer | null,
  key: Readonly<Record<string, string>> = { ANTHROPIC_API_KEY: 'sk-ant-a-key-that-is-none' },
): Promise<{ readonly sample: CliSample; readonly endpoint: ModelEndpoint }> {
  const session = parseSession(JSON.stringify(paid()), 'letters')
  const endpoint = await openModelEndpoint({
    answer: (call) => limits(call) ?? sessionAnswer(call, { session, withoutSleep: true }),
    clock: systemClock,
  })
  const plain = cliSample(tempRepo(letterFiles))
  const env = {
    ...plain.env,
    ...key,
    ANTHROPIC_BASE_URL: endpoint.url,
    TDD_CLAUDE_SDK: join(modules ?? '', '@anthropic-ai/claude-agent-sdk'),
  }
  const sample: CliSample = {
    ...plain,
    env,
    cli: (args, start = {}) => plain.cli(args, { env, ...start }),
    json: (args, start = {}) => plain.json(args, { env, ...start }),
  }
  await sample.json(['ingest', sample.beside('plan.json', letterPlan(KEYS))])
  return { sample, endpoint }
}

/** Each attempt costs something. */
function paid(): unknown {
  const session = letterSession(KEYS)
  for (const stages of Object.values(session.tasks))
    for (const attempts of [stages.red, stages.green])
      for (const actions of attempts)
        actions.unshift({ usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 7 } })
  return session
}

async function lossesOf(sample: CliSample): Promise<string[]> {
  const { stdout } = await sample.cli(['events', '--json'])
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; data: unknown })
  return events
    .filter(({ kind }) => /^attempt_(lost|refused|gave_up)$/.test(kind))
    .map(({ kind, data }) => `${kind} ${JSON.stringify(data)}`)
}

function expectAccount(spend: unknown, endpoint: ModelEndpoint): void {
  const charged = endpoint.ledger.reduce((sum, { usage }) => addedTokens(sum, usage), NO_SPEND)
  expect(spend).toMatchObject(charged)
}
