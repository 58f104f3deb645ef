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
import { openReader } from '../../src/store/reader.ts'
import { DRILL } from '../support/drill.ts'
import { cliSample, type CliSample, storeOf } from '../support/cli-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { randomOf } from '../support/seeded-random.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { nodeModulesWith } from '../support/tools.ts'

const modules = nodeModulesWith('claude-agent-sdk')
const KEYS = ['A', 'B', 'C', 'D', 'E', 'F']

describe.skipIf(modules === null)('a run with Claude Code whose provider does not always serve', () => {
  it.runIf(DRILL)(
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
  )

  it('waits for the end of a usage limit, and pays for nothing twice', async () => {
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
    const key = { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-none' }
    const { sample, endpoint } = await limitedSample(usage, { key })
    await using _ = endpoint
    const { code, document: report, stderr } = await sample.json(['run', '--workers', '3'])
    expect(code, stderr).toBe(0)
    expect(report).toMatchObject({ state: 'completed', attempts: 3 * KEYS.length, refusals: [] })
    expect(await lossesOf(sample)).toEqual([])
    expectAccount(report['spend'], endpoint)
  })

  it.runIf(DRILL)('leaves as much of a subscription as it is told to', async () => {
    const resetsAt = String(Math.ceil(Date.now() / 1_000) + 3_600)
    const windows = (): Readonly<Record<string, string>> => ({
      'anthropic-ratelimit-unified-status': 'allowed',
      'anthropic-ratelimit-unified-reset': resetsAt,
      'anthropic-ratelimit-unified-representative-claim': 'five_hour',
      'anthropic-ratelimit-unified-5h-utilization': String(Math.min(0.99, endpoint.ledger.length / 20)),
      'anthropic-ratelimit-unified-5h-reset': resetsAt,
    })
    const key = { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-none' }
    const { sample, endpoint } = await limitedSample(() => null, { key, headers: windows })
    await using _ = endpoint
    const line = ['run', '--workers', '1', '--leave-window', '70%']
    const { code, document: report, stderr } = await sample.json(line)
    expect(code, stderr).toBe(75)
    expect(report).toMatchObject({
      state: 'paused',
      pausedBy: 'window',
      resumeAt: Number(resetsAt) * 1_000,
      next: 'orchestrator run --resume --leave-window 70%',
    })
    expect(await lossesOf(sample)).toEqual([])
    const calls = endpoint.ledger.length
    const again = await sample.cli(line)
    expect(again.code).toBe(75)
    expect(again.stdout).toMatch(/Paused: \d\d % of the five hour window of the subscription is left, until /)
    expect(endpoint.ledger).toHaveLength(calls)
    expect(await sample.json(['run', '--resume'])).toMatchObject({
      code: 0,
      document: { state: 'completed' },
    })
  })

  it('ends a client whose attempt overdraws its budget by far, which its own bound would notice too late', async () => {
    const { sample, endpoint } = await limitedSample(() => null, { session: runaway() })
    await using _ = endpoint
    const { code, document: report, stderr } = await sample.json(['run', '--workers', '1', '--max-usd', '20'])
    expect(code, stderr).toBe(75)
    expect(report).toMatchObject({ state: 'paused', pausedBy: 'budget', refusals: [] })
    expect(String(report['next'])).toContain('--max-usd ')
    const charged = endpoint.ledger.reduce((sum, { usage }) => sum + usage.outputTokens, 0)
    // 22 dollars may be used, and the answers that were under way when that was heard.
    expect(charged).toBeGreaterThanOrEqual(1_200_000)
    expect(charged).toBeLessThanOrEqual(1_600_000)
    expect(report['spend']).toMatchObject({ invocations: 1 })
    const { outputTokens } = report['spend'] as { readonly outputTokens: number }
    expect(outputTokens).toBeGreaterThanOrEqual(charged)
  })

  it.runIf(DRILL)(
    'goes on after kills, accounts for each attempt that ended to the token, and for each that was killed to no less',
    async () => {
      const random = randomOf(11)
      let calls = 0
      let onCall = (): void => undefined
      const counted = (): null => {
        calls += 1
        onCall()
        return null
      }
      const { sample, endpoint } = await limitedSample(counted, { session: growing() })
      await using _ = endpoint
      for (let kill = 0; kill < 3; kill += 1) {
        const from = calls + 2 + Math.floor(4 * random())
        const killWhen = new Promise<void>((resolve) => {
          onCall = () => void (calls >= from && setTimeout(resolve, 300 * random()))
        })
        const { signal } = await sample.cli(['run', '--workers', '3'], { killWhen })
        expect(signal).toBe('SIGKILL')
      }
      const last = await sample.json(['run', '--workers', '3'])
      const { document: report } = await sample.json(['status'])
      expect(report, last.stderr).toMatchObject({
        run: { state: 'completed' },
        tasks: { completed: KEYS.length },
      })
      expect((await lossesOf(sample)).every((loss) => loss.includes('"cause":"crash"'))).toBe(true)
      using reader = openReader(await storeOf(sample))
      const attempts = KEYS.flatMap((key) => reader?.attempts(reader.currentRun()?.id ?? '', key) ?? [])
      const ended = attempts.filter(({ outcome, spend }) => outcome.kind !== 'lost' && spend.invocations > 0)
      expect(ended).toHaveLength(2 * KEYS.length)
      for (const { id, spend } of ended) expect(spend).toMatchObject(chargedFor(endpoint, String(id)))
      const killed = attempts.filter(({ outcome, spend }) => outcome.kind === 'lost' && spend.invocations > 0)
      const charged = killed.map(({ id }) => chargedFor(endpoint, String(id)))
      expect(charged.some(({ inputTokens }) => inputTokens > 0)).toBe(true)
      for (const [place, { estimated, spend }] of killed.entries()) {
        expect(estimated).toBe(true)
        for (const [name, amount] of Object.entries(charged[place] ?? NO_TOKENS))
          expect(spend[name as keyof typeof NO_TOKENS], name).toBeGreaterThanOrEqual(amount)
      }
    },
  )
})

/** The first answers of the first task cost four dollars each. */
function runaway(): unknown {
  const session = letterSession(KEYS)
  const dear = [{ usage: { outputTokens: 200_000 } }, { run: ['sleep', '0.4'] }]
  session.tasks['A']?.red[0]?.unshift(...Array.from({ length: 30 }, () => dear).flat())
  return session
}

/** What the endpoint charged one attempt. */
function chargedFor(endpoint: ModelEndpoint, attempt: string): typeof NO_TOKENS {
  const own = endpoint.ledger.filter(({ caller }) => caller?.attempt === attempt)
  return own.reduce((sum, { usage }) => addedTokens(sum, usage), NO_TOKENS)
}

function limit(status: number, type: string, headers: Readonly<Record<string, string>>): ModelAnswer {
  return { kind: 'error', status, type, message: 'played', headers }
}

/** A plan of letters, and an endpoint that plays it but where `limits` says something else. */
async function limitedSample(
  limits: (call: ModelCall) => ModelAnswer | null,
  {
    key = { ANTHROPIC_API_KEY: 'sk-ant-a-key-that-is-none' },
    headers,
    session: played = paid(),
  }: {
    readonly key?: Readonly<Record<string, string>>
    readonly headers?: () => Readonly<Record<string, string>>
    readonly session?: unknown
  } = {},
): Promise<{ readonly sample: CliSample; readonly endpoint: ModelEndpoint }> {
  const session = parseSession(JSON.stringify(played), 'letters')
  const endpoint = await openModelEndpoint({
    answer: (call) => limits(call) ?? sessionAnswer(call, { session, withoutSleep: true }),
    clock: systemClock,
    ...(headers === undefined ? {} : { headers }),
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
  return spending(() => [100])
}

/** Each task costs more than those before it, in several answers, so that what was seen is no measure of what comes. */
function growing(): unknown {
  return spending((place) => Array.from({ length: 4 }, () => 100 * 3 ** place))
}

/** What each answer of the tasks is charged, by their place in the plan. */
function spending(inputs: (place: number) => readonly number[]): unknown {
  const session = letterSession(KEYS)
  for (const [place, stages] of Object.values(session.tasks).entries())
    for (const attempts of [stages.red, stages.green])
      for (const actions of attempts)
        for (const inputTokens of inputs(place))
          actions.unshift({ usage: { inputTokens, outputTokens: 20, cacheReadTokens: 7 } }, { run: ['true'] })
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
  const charged = endpoint.ledger.reduce((sum, { usage }) => addedTokens(sum, usage), NO_TOKENS)
  expect(spend).toMatchObject(charged)
}
