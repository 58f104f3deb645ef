import { NO_SPEND } from '../../src/domain/spend.ts'
import { describe, expect, it } from 'vitest'
import type { Claim, Store } from '../../src/store/store.ts'
import { ended, refusal, spendOf, startedId, type taskDefinition } from '../support/store-data.ts'

export interface Hands {
  readonly store: Store
  readonly begin: (...tasks: readonly Parameters<typeof taskDefinition>[]) => Promise<void>
  readonly claimOf: (key: string, at?: number) => Promise<Claim>
  readonly kinds: (after?: number) => Promise<string[]>
}

/** What a store promises about attempts and what they cost. */
export function attemptPromises(hands: () => Hands): void {
  describe('attempts', () => {
    const start = (claim: Claim, stage: 'red' | 'green', reserved = NO_SPEND): Promise<number> =>
      hands().store.startAttempt(claim, { stage, agent: 'scripted', reserved }, 11).then(startedId)

    it('numbers them within a generation and gives every outcome back as it was', async () => {
      const { store, begin, claimOf } = hands()
      await begin(['A'])
      const outcomes = [
        { kind: 'refused', refusals: [refusal('load_failure'), refusal('timeout')], base: 'b', tree: 't' },
        { kind: 'refused', refusals: [refusal('no_change')], base: 'b', tree: null },
        { kind: 'gave_up', cause: 'stalled', detail: 'silent' },
        { kind: 'accepted', work: { base: 'b', red: 'r', green: null, evidence: 'sha256:x' } },
        { kind: 'disputed', reason: 'the test is wrong' },
        { kind: 'dispute_rejected' },
        { kind: 'lost', cause: 'provider_limit', detail: 'full', retryAt: 99 },
      ] as const
      const claim = await claimOf('A')
      for (const outcome of outcomes) {
        expect(await store.finishAttempt(claim, await start(claim, 'red'), ended(outcome), 12)).toBe(true)
      }
      await start(claim, 'green')
      const { attempts } = await store.history('run-1', 'A')
      expect(attempts.map((attempt) => attempt.outcome)).toEqual([...outcomes, { kind: 'running' }])
      expect(attempts.map((attempt) => attempt.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(attempts[3]).toMatchObject({ task: 'A', stage: 'red', generation: 1 })
    })

    it('begins to number anew after a retry, and keeps the earlier ones', async () => {
      const { store, begin, claimOf } = hands()
      await begin(['A'])
      const claim = await claimOf('A')
      await store.finishAttempt(claim, await start(claim, 'red'), ended({ kind: 'dispute_rejected' }), 12)
      await store.fail(claim, { refusal: null, reason: 'r' }, 13)
      await store.retry('run-1', 'A', { from: null, note: null }, 14)
      await start(await claimOf('A', 15), 'red')
      const { attempts } = await store.history('run-1', 'A')
      expect(attempts.map(({ generation, number }) => [generation, number])).toEqual([
        [1, 1],
        [2, 1],
      ])
    })

    it('settles once, and keeps evidence', async () => {
      const { store, begin, claimOf } = hands()
      await begin(['A'])
      const claim = await claimOf('A')
      const attempt = await start(claim, 'red', spendOf(1, 500))
      const end = {
        ...ended({ kind: 'accepted', work: { base: 'b', red: 'r', green: null, evidence: 'sha256:e' } }),
        spend: spendOf(1, 120),
        agentMs: 10,
        verifyMs: 20,
        waitMs: 30,
        engineMs: 40,
        evidence: { digest: 'sha256:e', text: '{"a":1}' },
      }
      expect(await store.finishAttempt(claim, attempt, end, 12)).toBe(true)
      expect(await store.finishAttempt(claim, attempt, end, 13)).toBe(false)
      await store.recordUsage(attempt, spendOf(1, 9_999))
      expect(await store.spend('run-1')).toEqual({
        ...spendOf(1, 120),
        attempts: 1,
        agentMs: 10,
        verifyMs: 20,
        waitMs: 30,
        engineMs: 40,
        estimated: spendOf(0, 0),
      })
      expect(await store.recallEvidence('sha256:e')).toBe('{"a":1}')
    })

    it('counts running attempts at the larger of reserved and streamed', async () => {
      const { store, begin, claimOf } = hands()
      await begin(['A'], ['B'])
      const streaming = await start(await claimOf('A'), 'red', spendOf(1, 100))
      await start(await claimOf('B'), 'red', spendOf(1, 100))
      await store.recordUsage(streaming, spendOf(1, 50))
      expect(await store.spend('run-1')).toMatchObject({ ...spendOf(2, 200), attempts: 2 })
      await store.recordUsage(streaming, spendOf(1, 300))
      expect(await store.spend('run-1')).toMatchObject(spendOf(2, 400))
    })

    it.each([
      ['reserved', 100, 500],
      ['streamed', 900, 900],
    ])(
      'charges an attempt that a crash took at what was %s, marked as estimated',
      async (_, streamed, charged) => {
        const { store, begin, claimOf, kinds } = hands()
        await begin(['A'])
        const attempt = await start(await claimOf('A'), 'green', spendOf(1, 500))
        await store.recordUsage(attempt, spendOf(1, streamed))
        expect(await store.rescue('run-1', 500)).toEqual([])
        expect(await store.rescue('run-1', 500, { all: true })).toEqual(['A'])
        expect(await store.rescue('run-1', 501, { all: true })).toEqual([])
        expect(await store.spend('run-1')).toMatchObject({
          ...spendOf(1, charged),
          estimated: spendOf(1, charged),
        })
        const { attempts } = await store.history('run-1', 'A')
        expect(attempts[0]?.outcome).toMatchObject({ kind: 'lost', cause: 'crash' })
        expect((await store.task('run-1', 'A'))?.state).toMatchObject({ state: 'retryable', notBefore: 500 })
        expect((await kinds()).slice(-2)).toEqual(['attempt_lost:A', 'lease_expired:A'])
      },
    )

    it('charges an agent that ended without telling at the larger amount', async () => {
      const { store, begin, claimOf } = hands()
      await begin(['A'])
      const claim = await claimOf('A')
      const attempt = await start(claim, 'green', spendOf(1, 500))
      const end = {
        ...ended({ kind: 'gave_up', cause: 'crash', detail: 'gone' }),
        spend: spendOf(1, 3),
        estimated: true,
      }
      await store.finishAttempt(claim, attempt, end, 12)
      expect(await store.spend('run-1')).toMatchObject({ ...spendOf(1, 500), estimated: spendOf(1, 500) })
    })
  })
}
