import { describe, expect, it } from 'vitest'
import { type Budgets, NO_LIMITS } from '../../src/domain/budget.ts'
import { NO_SPEND, type Spend } from '../../src/domain/spend.ts'
import type { AskedBudgets } from '../../src/store/accounts.ts'
import type { Claim, StartedAttempt } from '../../src/store/store.ts'
import { ended, newRun, refusal, startedId, taskDefinition } from '../support/store-data.ts'
import type { Hands } from './store-attempts.ts'

const NONE: Budgets = { run: NO_LIMITS, task: NO_LIMITS, day: NO_LIMITS }
const MODEL = { tier: 'high', model: 'opus', why: 'writes_tests', refusals: 0 } as const

function inputs(inputTokens: number): Spend {
  return { ...NO_SPEND, invocations: 1, inputTokens }
}

/** What a store promises about budgets and models. */
export function budgetPromises(hands: () => Hands): void {
  describe('budgets', () => {
    const start = (
      claim: Claim,
      budgets: Partial<Budgets>,
      {
        tokens = 0,
        at = 11,
        ...asked
      }: Partial<AskedBudgets> & { readonly tokens?: number; readonly at?: number } = {},
    ): Promise<StartedAttempt> =>
      hands().store.startAttempt(
        claim,
        {
          stage: 'green',
          agent: 'claude',
          reserved: inputs(tokens),
          model: MODEL,
          budgets: { limits: { ...NONE, ...budgets }, isGuess: false, runMs: 0, dayStart: 0, ...asked },
        },
        at,
      )
    const tokens = (most: number): Budgets['run'] => ({ ...NO_LIMITS, tokens: most })
    const calls = (most: number): Budgets['run'] => ({ ...NO_LIMITS, invocations: most })
    const finish = async (claim: Claim, started: StartedAttempt, used: number, at = 12): Promise<void> => {
      const outcome = { kind: 'refused', refusals: [refusal('no_change')], base: 'b', tree: null } as const
      await hands().store.finishAttempt(
        claim,
        startedId(started),
        { ...ended(outcome), spend: inputs(used) },
        at,
      )
    }
    const warnings = async (): Promise<unknown[]> =>
      (await hands().store.events({ after: 0, limit: 1_000, run: 'run-1', kind: 'budget_warning' })).map(
        ({ data }) => data['scope'],
      )

    it('begins no attempt that a budget does not hold, and writes nothing of it', async () => {
      const { begin, claimOf, kinds, store } = hands()
      await begin(['A'], ['B'])
      const one = await start(await claimOf('A'), { run: tokens(100) }, { tokens: 60 })
      expect(one).toMatchObject({ kind: 'started' })
      const before = await kinds()
      const other = await claimOf('B')
      expect(await start(other, { run: tokens(100) }, { tokens: 41 })).toEqual({
        kind: 'over_budget',
        refusal: { scope: 'run', measure: 'tokens', most: 100, used: 60, wanted: 41, waits: true },
      })
      expect((await store.history('run-1', 'B')).attempts).toEqual([])
      expect((await kinds()).slice(before.length)).toEqual(['task_claimed:B'])
      expect(await start(other, { run: tokens(100) }, { tokens: 40 })).toMatchObject({ kind: 'started' })
    })

    it('counts to a task what its present generation used, and to no other', async () => {
      const { begin, claimOf, store } = hands()
      await begin(['A'], ['B'])
      const claim = await claimOf('A')
      await finish(claim, await start(claim, { task: calls(1) }), 1)
      expect(await start(claim, { task: calls(1) })).toMatchObject({
        kind: 'over_budget',
        refusal: { scope: 'task', used: 1 },
      })
      expect(await start(await claimOf('B'), { task: calls(1) })).toMatchObject({ kind: 'started' })
      await store.needHuman(claim, 'too dear', 13)
      await store.retry('run-1', 'A', { from: null, note: null }, 14)
      expect(await start(await claimOf('A', 15), { task: calls(1) })).toMatchObject({ kind: 'started' })
    })

    it('counts to a day what began in it', async () => {
      const { begin, claimOf } = hands()
      await begin(['A'])
      const claim = await claimOf('A')
      await finish(claim, await start(claim, {}, { at: 90 }), 50, 130)
      await finish(claim, await start(claim, {}, { at: 110 }), 30, 120)
      expect(await start(claim, { day: tokens(79) }, { dayStart: 90, at: 131 })).toMatchObject({
        refusal: { scope: 'day', used: 80 },
      })
      expect(await start(claim, { day: tokens(79) }, { dayStart: 91, at: 131 })).toMatchObject({
        kind: 'started',
      })
    })

    it('counts as the time of a day when at least one attempt ran', async () => {
      const { begin, claimOf } = hands()
      await begin(['A'], ['B'])
      const [a, b] = [await claimOf('A'), await claimOf('B')]
      const [one, other] = [await start(a, {}, { at: 100 }), await start(b, {}, { at: 150 })]
      await finish(a, one, 1, 200)
      await finish(b, other, 1, 250)
      const day = { ...NO_LIMITS, timeMs: 150 }
      expect(await start(a, { day }, { at: 300 })).toMatchObject({
        refusal: { measure: 'timeMs', used: 150 },
      })
      expect(await start(a, { day: { ...day, timeMs: 151 } }, { at: 300 })).toMatchObject({ kind: 'started' })
    })

    it('counts no time in which the process that was killed was gone', async () => {
      const { begin, claimOf, store } = hands()
      await begin(['A'])
      const cutOff = await claimOf('A', 100)
      await start(cutOff, {}, { at: 110 })
      await store.rescue('run-1', 900_000, { all: true })
      const claim = await claimOf('A', 900_000)
      const worked = cutOff.expiresAt - 110
      const most = { ...NO_LIMITS, timeMs: worked }
      for (const scope of ['task', 'day'] as const)
        expect(await start(claim, { [scope]: most }, { at: 900_001 })).toMatchObject({
          refusal: { scope, measure: 'timeMs', used: worked },
        })
    })

    it('does not wait for an attempt of another run that was cut off, and counts it', async () => {
      const { begin, claimOf, store } = hands()
      await begin(['A'])
      const cutOff = await claimOf('A', 100)
      await start(cutOff, {}, { at: 110, tokens: 60 })
      await store.createRun({ ...newRun('run-2'), tasks: [taskDefinition('Z')] }, 900)
      await store.startRun('run-2', { target: 't2', base: 'b', workers: 1 }, 901)
      const claim = await store.claim(
        { run: 'run-2', worker: 'w', leaseMs: 1_000, candidates: ['Z'] },
        900_000,
      )
      if (claim === null) return expect.unreachable('Z can be claimed')
      expect(await start(claim, { day: tokens(100) }, { tokens: 41, at: 900_001 })).toMatchObject({
        refusal: { scope: 'day', measure: 'tokens', used: 60, wanted: 41, waits: false },
      })
      const most = { ...NO_LIMITS, timeMs: cutOff.expiresAt - 110 }
      expect(await start(claim, { day: most }, { at: 900_001 })).toMatchObject({
        refusal: { measure: 'timeMs', used: most.timeMs },
      })
    })

    it('charges a running attempt at least what is set aside for it meanwhile', async () => {
      const { begin, claimOf, store } = hands()
      await begin(['A'])
      const attempt = startedId(await start(await claimOf('A'), {}, { tokens: 10 }))
      await store.recordUsage(attempt, inputs(40), inputs(90))
      await store.recordUsage(attempt, inputs(50), inputs(70))
      expect(await store.spend('run-1')).toMatchObject(inputs(90))
      await store.rescue('run-1', 500, { all: true })
      expect(await store.spend('run-1')).toMatchObject({ ...inputs(90), estimated: inputs(90) })
    })

    it('warns once of each budget, and again of one that was raised', async () => {
      const { begin, claimOf } = hands()
      await begin(['A'])
      const claim = await claimOf('A')
      for (const most of [5, 5, 5, 5, 6])
        await finish(claim, await start(claim, { run: calls(most), day: calls(6) }), 0)
      expect(await warnings()).toEqual(['run', 'run', 'day'])
    })

    it('knows the largest amounts of an agent by stage and tier, of all that was neither estimated nor lost', async () => {
      const { begin, claimOf, store } = hands()
      await begin(['A'], ['B'])
      expect(await store.largestSpends('claude')).toEqual([])
      const claim = await claimOf('A')
      await finish(claim, await start(claim, {}), 30)
      await finish(claim, await start(claim, {}), 70)
      const other = await claimOf('B')
      const stopped = { kind: 'lost', cause: 'user', detail: 'stopped', retryAt: null } as const
      const spend = { ...inputs(90), outputTokens: 1 }
      await store.finishAttempt(other, startedId(await start(other, {})), { ...ended(stopped), spend }, 12)
      await start(other, {}, { tokens: 500 })
      await store.rescue('run-1', 500, { all: true })
      expect(await store.largestSpends('claude')).toEqual([
        { stage: 'green', tier: 'high', spend: inputs(70) },
      ])
      expect(await store.largestSpends('scripted')).toEqual([])
    })

    it('keeps which tier an attempt had', async () => {
      const { begin, claimOf, store } = hands()
      await begin(['A'])
      await start(await claimOf('A'), {})
      expect((await store.history('run-1', 'A')).attempts).toMatchObject([{ stage: 'green', tier: 'high' }])
    })
  })
}
