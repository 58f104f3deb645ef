import { describe, expect, it } from 'vitest'
import { executePeople } from '../../src/engine/execute-people.ts'
import { type EngineSample, engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { DRILL } from '../support/drill.ts'

const SPENT = { usage: { inputTokens: 100, outputTokens: 10, costUsd: 1 } }

describe('budgets', () => {
  it('let a task that is too dear wait for a person, and the others go on', async () => {
    const { sample, session } = paid(['A', 'B'])
    session.tasks['A']?.green.unshift([{ write: { 'src/a.js': 'wrong' } }])
    await using engine = await sample.open({ 'budgets.task.invocations': 2 })
    const run = await sample.ingest(engine, letterPlan(['A', 'B']))
    const report = await sample.run(engine, session)
    expect(report).toMatchObject({ state: 'incomplete', tasks: { completed: 1, needs_human: 1 } })
    const { store } = engine.world
    const state = (await store.task(run, 'A'))?.state
    expect(state).toMatchObject({
      state: 'needs_human',
      reason:
        'the budget of 2 agent calls of the task does not hold another attempt: 2 agent calls are used or set aside; orchestrator task retry A gives it the same again',
    })
    await store.retry(run, 'A', { from: null, note: null }, engine.world.clock.now())
    expect(await sample.run(engine, session)).toMatchObject({ state: 'completed' })
  })

  it('of a day count all runs of the repository, pause until it is over, and name what goes on', async () => {
    const { sample, session } = paid(['A'])
    await using engine = await sample.open({ 'budgets.day.usd': 3 })
    await sample.ingest(engine, letterPlan(['A']))
    expect(await sample.run(engine, session)).toMatchObject({ state: 'completed', spend: { costUsd: 2 } })
    const again = await sample.run(engine, session, { which: 'new', confirm: () => Promise.resolve(true) })
    expect(again).toMatchObject({ state: 'paused', pausedBy: 'budget', spend: { costUsd: 1 } })
    expect(again.next).toBe('orchestrator run --resume --max-usd-per-day 6')
    const midnight = new Date(again.resumeAt ?? 0)
    expect([midnight.getHours(), midnight.getMinutes()]).toEqual([0, 0])
    expect(midnight.getTime() - Date.now()).toBeLessThanOrEqual(25 * 3_600_000)
  })

  it('end an attempt that overdraws them by far, and pause the run with the line that goes on', async () => {
    const { sample, session } = paid(['A'])
    const runaway = [
      { usage: { costUsd: 4 } },
      { sleepMs: 700 },
      { usage: { costUsd: 30 } },
      { sleepMs: 60_000 },
    ]
    session.tasks['A']?.green.splice(0, 1, runaway, session.tasks['A'].green[0] ?? [])
    await using engine = await sample.open()
    const run = await sample.ingest(engine, letterPlan(['A']))
    const budget = { invocations: null, tokens: null, usd: 10, timeMs: null }
    const report = await sample.run(engine, session, { budget })
    expect(report).toMatchObject({ state: 'paused', pausedBy: 'budget', refusals: [] })
    expect(report.spend.costUsd).toBe(35)
    expect(report.next).toBe('orchestrator run --resume --max-usd 70')
    const { attempts } = await engine.world.store.history(run, 'A')
    expect(attempts.at(-1)?.outcome).toMatchObject({
      kind: 'lost',
      cause: 'user',
      detail: 'ended, for the budget of 10 USD of the run is overdrawn: 35 USD are used',
    })
  })

  it.runIf(DRILL)('are warned of once, whoever begins the attempt', async () => {
    const { sample, session } = paid(['A', 'B'])
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const budget = { invocations: 4, tokens: null, usd: 100, timeMs: null }
    await sample.run(engine, session, { budget, workers: 1 })
    const events = await engine.world.store.events({ after: 0, limit: 1_000 })
    expect(events.filter(({ kind }) => kind === 'budget_warning').map(({ data }) => data)).toEqual([
      {
        scope: 'run',
        measure: 'invocations',
        most: 4,
        used: 4,
        warning: '4 agent calls of 4 agent calls of the run are used or set aside',
      },
    ])
  })

  it.runIf(DRILL)(
    'wait for what is set aside, where it may turn out to be less, instead of pausing',
    async () => {
      const { sample, session } = paid(['A', 'B', 'C'])
      // Known to cost up to 5 USD each, and not more than 1 this time.
      const dear = { usage: { costUsd: 5 } }
      session.tasks['C']?.red[0]?.unshift(dear)
      session.tasks['C']?.green[0]?.unshift(dear)
      await using engine = await sample.open()
      await sample.ingest(engine, letterPlan(['A', 'B', 'C'], { A: ['C'], B: ['C'] }))
      const budget = { invocations: null, tokens: null, usd: 22, timeMs: null }
      const report = await sample.run(engine, session, { budget, workers: 2 })
      expect(report).toMatchObject({ state: 'completed', spend: { costUsd: 16 } })
    },
  )
})

describe('a run that waits for more of a budget', () => {
  it('still waits for that after something was done for a person alone', async () => {
    const { sample, session } = paid(['A'])
    await using engine = await sample.open({ 'run.onLimit': 'wait' })
    const run = await sample.ingest(engine, letterPlan(['A']))
    const budget = { invocations: 1, tokens: null, usd: null, timeMs: null }
    await sample.run(engine, session, { budget })
    const { store } = engine.world
    const before = await store.rest(run)
    expect(before).toMatchObject({ by: 'budget', raise: '--max-invocations 2' })
    const paused = await store.run(run)
    if (paused === null) return expect.unreachable('the run is there')
    const never = new AbortController().signal
    const report = (thrown: unknown): void => expect.unreachable(String(thrown))
    await executePeople(engine, { run: paused, winding: never, stopping: never, report })
    expect(await store.rest(run)).toEqual(before)
    expect((await store.run(run))?.reason).toBe(paused.reason)
  })
})

describe('the tier of an attempt', () => {
  it('is the highest for tests, that of the task for sources, and rises with refusals', async () => {
    const { sample, session } = paid(['A'])
    const wrong = [{ write: { 'src/a.js': 'export const a = () => 1\n' } }]
    session.tasks['A']?.green.unshift(wrong, [{ write: { 'src/a.js': 'export const a = () => 2\n' } }])
    await using engine = await sample.open()
    const run = await sample.ingest(engine, letterPlan(['A']))
    expect(await sample.run(engine, session)).toMatchObject({ state: 'completed' })
    const { attempts } = await engine.world.store.history(run, 'A')
    expect(
      attempts.filter(({ stage }) => stage !== 'verify').map(({ stage, tier }) => [stage, tier]),
    ).toEqual([
      ['red', 'high'],
      ['green', 'medium'],
      ['green', 'medium'],
      ['green', 'high'],
    ])
    expect(attempts.filter(({ stage }) => stage === 'verify').map(({ tier }) => tier)).toEqual([null])
  })
})

/** Each attempt costs a dollar. */
function paid(keys: readonly string[]): {
  readonly sample: EngineSample
  readonly session: ReturnType<typeof letterSession>
} {
  const session = letterSession(keys)
  for (const stages of Object.values(session.tasks))
    for (const attempts of [stages.red, stages.green]) for (const actions of attempts) actions.unshift(SPENT)
  return { sample: engineSample(letterFiles), session }
}
