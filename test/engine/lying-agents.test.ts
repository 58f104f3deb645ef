import { describe, expect, it } from 'vitest'
import { numberTask } from '../support/cli-sample.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'

const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }

describe('an agent that lies about what it used', () => {
  it.each([
    ['more than a number can be', { input_tokens: 1e300, output_tokens: 2 ** 60 }],
    ['parts of a token', { input_tokens: 10.5, output_tokens: 0.25 }],
  ])('ends no run: %s', async (_what, usage) => {
    const lines = [JSON.stringify({ type: 'turn.completed', usage })]
    const sample = engineSample(letterFiles)
    const argv = [process.execPath, '-e', `console.log(${JSON.stringify(lines.join('\n'))})`]
    await using engine = await sample.open({
      'agents.command.argv': argv,
      'agents.command.output': 'codex-json',
    })
    const run = await sample.ingest(engine, PLAN)
    await sample.run(engine, {}, { name: 'command', sessionFile: null, workers: 1 })
    const { store } = engine.world
    expect((await store.task(run, 'DOUBLE-1'))?.state.state).toBe('failed')
    const { attempts, ...spent } = await store.spend(run)
    expect(attempts).toBeGreaterThan(1)
    expect(spent.inputTokens).toBeGreaterThan(0)
    expect(
      Object.values(spent).every((amount) => typeof amount !== 'number' || Number.isFinite(amount)),
    ).toBe(true)
  })

  it('ends no run: more money than there is', async () => {
    const line = JSON.stringify({
      type: 'step_finish',
      part: { cost: 1e308, tokens: { input: 1, output: 1, reasoning: 0 } },
    })
    const sample = engineSample(letterFiles)
    const argv = [process.execPath, '-e', `console.log(${JSON.stringify(`${line}\n${line}`)})`]
    await using engine = await sample.open({
      'agents.command.argv': argv,
      'agents.command.output': 'opencode-json',
    })
    const run = await sample.ingest(engine, PLAN)
    await sample.run(engine, {}, { name: 'command', sessionFile: null, workers: 1 })
    expect(Number.isFinite((await engine.world.store.spend(run)).costUsd)).toBe(true)
  })
})

describe('an agent that says again and again that its provider does not serve', () => {
  it('is asked later each time, and pauses no run that exits at a limit', async () => {
    const failed = JSON.stringify({ type: 'turn.failed', error: { message: '429 Too Many Requests' } })
    const sample = engineSample(letterFiles)
    const argv = [process.execPath, '-e', `console.log(${JSON.stringify(failed)}); process.exit(1)`]
    await using engine = await sample.open({
      'agents.command.argv': argv,
      'agents.command.output': 'codex-json',
      'run.onLimit': 'exit',
    })
    const run = await sample.ingest(engine, PLAN)
    const winding = new AbortController()
    const { store, clock } = engine.world
    const begun = clock.now()
    const running = sample.run(
      engine,
      {},
      { name: 'command', sessionFile: null, workers: 1, winding: winding.signal },
    )
    await expect
      .poll(async () => (await store.task(run, 'DOUBLE-1'))?.state.state, { timeout: 60_000 })
      .toBe('retryable')
    winding.abort()
    expect((await running).pausedBy).not.toBe('provider_limit')
    const [attempt] = (await store.history(run, 'DOUBLE-1')).attempts
    expect(attempt?.outcome).toMatchObject({ kind: 'lost', cause: 'provider_limit' })
    const retryAt = attempt?.outcome.kind === 'lost' ? (attempt.outcome.retryAt ?? 0) : 0
    expect(retryAt - begun).toBeGreaterThanOrEqual(60_000)
  })
})
