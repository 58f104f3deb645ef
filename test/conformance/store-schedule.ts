import { beforeEach, describe, expect, it } from 'vitest'
import type { TaskDefinition } from '../../src/domain/plan.ts'
import type { Claim, Store } from '../../src/store/store.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'

const RUN = 'scheduled'
const NOW = 10
const OPEN = { goesOn: true, isWorked: false, nextClaimAt: null, waits: [] } as const

/** In which order tasks are claimed, and what of a run goes on. */
export function schedulePromises(opened: () => Store): void {
  describe('schedule', () => {
    let store: Store
    beforeEach(async () => {
      store = opened()
      await store.createRun(newRun(RUN), 1)
    })
    const begin = async (...tasks: readonly TaskDefinition[]): Promise<void> => {
      await store.addTasks(RUN, addedPlan(...tasks), 2)
      await store.startRun(RUN, { target: 't', base: 'b', workers: 2 }, 3)
    }
    const claim = (at = NOW): Promise<Claim | null> =>
      store.claim({ run: RUN, worker: 'worker_1', leaseMs: 1_000 }, at)
    const keyOf = async (taken: Promise<Claim | null>): Promise<string | undefined> =>
      (await taken)?.task.definition.key
    const task = taskDefinition

    it('gives the task of the highest priority, then that with the longest chain behind it, then in the order of the plan', async () => {
      await begin(
        task('short', { estimateMs: 10 }),
        task('head', { estimateMs: 1 }),
        task('tail', { estimateMs: 20, dependsOn: ['head'] }),
        task('equal', { estimateMs: 10 }),
        task('urgent', { estimateMs: 1, priority: 5 }),
      )
      expect(await store.claimable(RUN, NOW, 9)).toEqual(['urgent', 'head', 'short', 'equal'])
      expect(await store.claimable(RUN, NOW, 2)).toEqual(['urgent', 'head'])
      const taken = [await keyOf(claim()), await keyOf(claim()), await keyOf(claim()), await keyOf(claim())]
      expect(taken).toEqual(['urgent', 'head', 'short', 'equal'])
      expect(await claim()).toBeNull()
    })

    it('orders anew when tasks are added to a run that goes on', async () => {
      await begin(task('a', { estimateMs: 5 }), task('b', { estimateMs: 4 }))
      await store.addTasks(RUN, addedPlan(task('c', { estimateMs: 9, dependsOn: ['b'] })), 4)
      expect(await store.claimable(RUN, NOW, 9)).toEqual(['b', 'a'])
    })

    it('passes over what another task holds and what is not due yet', async () => {
      await begin(
        task('first', { locks: ['src/**'], estimateMs: 9 }),
        task('inside', { locks: ['src/a.js'], estimateMs: 8 }),
        task('beside', { locks: ['lib/a.js'], estimateMs: 7 }),
      )
      const held = await claim()
      expect(await store.claimable(RUN, NOW, 9)).toEqual(['beside'])
      expect(await store.heldPaths(RUN)).toEqual([{ task: 'first', entries: ['src/**'] }])
      expect(await keyOf(claim())).toBe('beside')
      await store.giveBack(held as Claim, { notBefore: 50, reason: 'later' }, NOW)
      expect(await store.claimable(RUN, NOW, 9)).toEqual(['inside'])
      expect(await store.outlook(RUN, NOW)).toMatchObject({ ...OPEN, isWorked: true, nextClaimAt: 50 })
      expect(await store.claimable(RUN, 50, 9)).toEqual(['first', 'inside'])
      expect(await store.claimable(RUN, 50, 9, { givenBack: true })).toEqual(['first'])
    })

    it('finds what has come free, or due, since nothing was found', async () => {
      const shared = { locks: ['src/index.js'] }
      await begin(task('first', shared), task('second', shared), task('third', { locks: ['src/**'] }))
      const first = (await claim()) as Claim
      expect(await Promise.all([claim(), claim(), claim(), claim()])).toEqual([null, null, null, null])
      await store.giveBack(first, { notBefore: 50, reason: 'later' }, NOW)
      const second = (await claim()) as Claim
      expect(second.task.definition.key).toBe('second')
      await store.fail(second, { refusal: null, reason: 'no' }, NOW)
      expect(await keyOf(claim())).toBe('third')
      expect(await claim()).toBeNull()
      await store.rescue(RUN, NOW, { all: true })
      expect(await keyOf(claim())).toBe('third')
      expect(await Promise.all([claim(), claim()])).toEqual([null, null])
      expect(await store.cancel(RUN, 'third', 'not wanted', NOW)).not.toBe(false)
      expect(await claim(49)).toBeNull()
      expect(await keyOf(claim(50))).toBe('first')
    })

    it('says that a run goes on until all of it has ended', async () => {
      await begin(task('a'), task('b', { dependsOn: ['a'] }))
      expect(await store.outlook(RUN, NOW)).toEqual(OPEN)
      const a = (await claim()) as Claim
      expect(await store.outlook(RUN, NOW)).toEqual({ ...OPEN, isWorked: true })
      await store.enterLanding(a, NOW)
      expect(await store.outlook(RUN, NOW)).toEqual(OPEN)
      await store.cancel(RUN, 'a', 'not wanted', NOW)
      expect(await store.outlook(RUN, NOW)).toEqual({ ...OPEN, goesOn: false })
      expect(await store.keysIn(RUN, ['blocked', 'cancelled'])).toEqual(['a', 'b'])
      expect(await store.keysIn(RUN, ['running'])).toEqual([])
    })

    it('has nothing that goes on where what was given back waits for a task that failed', async () => {
      await begin(task('a'), task('b', { dependsOn: ['a'] }))
      await store.enterLanding((await claim()) as Claim, NOW)
      const token = (await store.takeLandingLease('t', 'me', 1_000, NOW)) ?? 0
      const landed = { run: RUN, task: 'a', target: 't', merge: 'm', red: 'r', green: 'g', evidence: 'e' }
      await store.recordIntent({ ...landed, token, expected: 'b', evidenceText: '{}' }, 1, NOW)
      await store.recordReceipt({ ...landed, landedAt: NOW }, NOW)
      const b = (await claim()) as Claim
      // Who takes the landing of `a` back takes `b` away with it, and asks for both again, `b` first.
      await store.loseLanding(RUN, 'a', NOW)
      const again = { from: null, note: null }
      await store.retry(RUN, 'b', again, NOW)
      const second = (await claim()) as Claim
      expect(second.task.definition.key).toBe(b.task.definition.key)
      await store.retry(RUN, 'a', again, NOW)
      await store.fail((await claim()) as Claim, { refusal: null, reason: 'no' }, NOW)
      await store.giveBack(second, { notBefore: NOW, reason: 'the run winds down' }, NOW)
      expect(await keyOf(claim())).toBeUndefined()
      expect(await store.outlook(RUN, NOW)).toEqual({ ...OPEN, goesOn: false })
    })

    it('says what waits for a person, and that nothing goes on beside it', async () => {
      await begin(task('a'), task('b', { dependsOn: ['a'] }))
      await store.requireApproval(RUN, true)
      const a = (await claim()) as Claim
      await store.enterLanding(a, NOW)
      const waits = [{ key: 'a', person: null, waitsForApproval: true }]
      expect(await store.outlook(RUN, NOW)).toEqual({ ...OPEN, goesOn: false, waits })
    })

    it('names what a task builds on, what builds on it and what is worked beside it, with their states', async () => {
      await begin(
        task('base'),
        task('it', { dependsOn: ['base'] }),
        task('top', { dependsOn: ['it'] }),
        task('busy', { locks: ['x.js'] }),
        task('far'),
      )
      await store.claim({ run: RUN, worker: 'worker_1', leaseMs: 1_000, candidates: ['busy'] }, NOW)
      const near = await store.neighbours(RUN, 'it')
      expect(near.map(({ definition, state }) => [definition.key, state])).toEqual([
        ['base', 'available'],
        ['top', 'pending'],
        ['busy', 'running'],
      ])
    })
  })
}
