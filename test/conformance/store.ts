import { NO_SPEND } from '../../src/domain/spend.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Claim, Store } from '../../src/store/store.ts'
import { addedPlan, ended, newRun, refusal, startedId, taskDefinition } from '../support/store-data.ts'
import { attemptPromises } from './store-attempts.ts'
import { budgetPromises } from './store-budgets.ts'
import { circuitPromises } from './store-circuits.ts'
import { notificationPromises } from './store-notifications.ts'
import { schedulePromises } from './store-schedule.ts'

export interface OpenedStore {
  readonly store: Store
  close(): Promise<void>
}

const RUN = 'run-1'
const LEASE_MS = 1_000

/** What every implementation of the store promises; `open` gives an empty one. */
export function storeConformance(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the promises of a store`, () => {
    let opened: OpenedStore
    let store: Store
    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.close())

    const begin = async (...tasks: readonly Parameters<typeof taskDefinition>[]): Promise<void> => {
      await store.createRun(newRun(RUN), 1)
      await store.addTasks(RUN, addedPlan(...tasks.map((each) => taskDefinition(...each))), 2)
      await store.startRun(RUN, { target: 'tdd/plan', base: 'base0', workers: 2 }, 3)
    }
    const claimOf = async (key: string, at = 10): Promise<Claim> => {
      const claim = await store.claim(
        { run: RUN, worker: 'worker_1', leaseMs: LEASE_MS, candidates: [key] },
        at,
      )
      if (claim === null) throw new Error(`${key} could not be claimed`)
      return claim
    }
    const stateOf = async (key: string): Promise<string | undefined> =>
      (await store.task(RUN, key))?.state.state
    const kinds = async (after = 0): Promise<string[]> =>
      (await store.events({ after, limit: 10_000 })).map((event) => `${event.kind}:${event.task ?? ''}`)
    const intentOf = (task: string, token: number, merge = `merge-${task}`) => ({
      run: RUN,
      task,
      target: 'tdd/plan',
      token,
      expected: 'head',
      merge,
      red: 'red',
      green: 'green',
      evidence: `sha256:${task}`,
      evidenceText: '{}',
    })
    const receiptOf = (task: string, merge = `merge-${task}`) => ({
      run: RUN,
      task,
      target: 'tdd/plan',
      merge,
      red: 'red',
      green: 'green',
      evidence: `sha256:${task}`,
      landedAt: 50,
    })
    const land = async (key: string, at = 20): Promise<void> => {
      await store.enterLanding(await claimOf(key, at), at)
      const token = await store.takeLandingLease('tdd/plan', 'me', LEASE_MS, at)
      await store.recordIntent(intentOf(key, token ?? 0), 1, at)
      await store.recordReceipt(receiptOf(key), at)
    }

    describe('runs', () => {
      it('makes a run together with its tasks, or neither', async () => {
        await store.createRun({ ...newRun(RUN), tasks: [taskDefinition('A')] }, 1)
        expect((await store.tasks(RUN)).map(({ definition }) => definition.key)).toEqual(['A'])
        const twice = { ...newRun('other'), tasks: [taskDefinition('B'), taskDefinition('B')] }
        await expect(store.createRun(twice, 2)).rejects.toMatchObject({ code: 'plan_invalid' })
        expect(await store.run('other')).toBeNull()
      })

      it('gives back what a run was made with and how it went', async () => {
        await store.createRun(newRun(RUN), 1)
        const { planTexts, ...made } = newRun(RUN)
        expect(await store.planTexts(RUN)).toEqual(planTexts)
        expect(await store.run(RUN)).toMatchObject({
          ...made,
          state: 'planned',
          createdAt: 1,
          target: null,
        })
        await store.startRun(RUN, { target: 'tdd/a', base: 'b', workers: 3 }, 5)
        const pause = { by: 'budget', limitUntil: 9, resumeAt: 9, reset: null } as const
        await store.suspendRun(RUN, 'paused', 'a budget', 6, pause)
        const told = await store.events({ after: 0, limit: 100, run: RUN })
        expect(told.at(-1)?.data).toEqual({ state: 'paused', reason: 'a budget', ...pause })
        await store.startRun(RUN, { target: 'tdd/other', base: 'other', workers: 8 }, 7)
        expect(await store.run(RUN)).toMatchObject({
          state: 'running',
          reason: null,
          target: 'tdd/a',
          base: 'b',
          workers: 8,
          startedAt: 5,
        })
        expect(await kinds()).toEqual(['run_started:', 'run_paused:', 'run_resumed:'])
      })

      it('keeps the agent that a run was last started with', async () => {
        await store.createRun(newRun(RUN), 1)
        expect(await store.run(RUN)).toMatchObject({ startedWith: null })
        const played = { name: 'scripted', sessionFile: '/place/a.json', withoutSleep: true }
        for (const choice of [played, { name: null, sessionFile: null, withoutSleep: false }]) {
          await store.keepAgent(RUN, choice)
          expect(await store.run(RUN)).toMatchObject({ startedWith: choice })
        }
        await expect(store.keepAgent('other', played)).rejects.toMatchObject({ code: 'run_unknown' })
      })

      const made = (id: string, ...keys: readonly string[]) =>
        store.createRun({ ...newRun(id), tasks: keys.map((key) => taskDefinition(key)) }, 1)
      const started = (id: string) => store.startRun(id, { target: `tdd/${id}`, base: 'b', workers: 1 }, 2)
      const current = async () => (await store.currentRun())?.id ?? null

      it('takes for the current run the one that was made or worked last', async () => {
        expect(await current()).toBeNull()
        await made('one', 'A')
        await started('one')
        expect(await current()).toBe('one')
        await made('two', 'B')
        await made('three', 'C')
        expect(await current()).toBe('three')
        await started('two')
        await store.suspendRun('two', 'incomplete', null, 3)
        expect(await current()).toBe('two')
        await store.retry('one', 'A', { from: null, note: null }, 4)
        expect(await current(), 'nothing was changed').toBe('two')
        await store.cancel('one', 'A', 'no', 5)
        expect(await current()).toBe('one')
      })

      it('finds a run that has not ended, one that was begun before one that was not', async () => {
        expect(await store.unfinishedRun()).toBeNull()
        await made('one', 'A')
        await started('one')
        await made('two', 'B')
        expect((await store.unfinishedRun())?.id).toBe('one')
        await store.suspendRun('one', 'completed', null, 3)
        expect((await store.unfinishedRun())?.id).toBe('two')
      })

      it('takes the place of runs of the same tasks that never started, and of no others', async () => {
        await made('old', 'A', 'B')
        await made('other', 'A')
        await made('begun', 'B', 'A', 'C')
        await started('begun')
        expect(await made('same', 'B', 'A')).toEqual(['old'])
        expect(await store.run('old')).toMatchObject({ state: 'incomplete', endedAt: 1 })
        expect((await store.task('old', 'A'))?.state).toMatchObject({
          state: 'cancelled',
          reason: 'the run same took its place',
        })
        expect(await made('more', 'C', 'A', 'B')).toEqual([])
        expect(await current()).toBe('more')
        const another = {
          ...newRun('another'),
          title: 'Another',
          tasks: ['A', 'B', 'C'].map((key) => taskDefinition(key)),
        }
        expect(await store.createRun(another, 2), 'by its keys alone').toEqual([])
        expect(await store.createRun({ ...another, id: 'again' }, 3)).toEqual(['another'])
      })

      it('ends a run whose last task is cancelled, unless it is being worked', async () => {
        await made('one', 'A', 'B')
        await store.cancel('one', 'A', 'no', 2)
        expect(await store.run('one')).toMatchObject({ state: 'planned' })
        await store.cancel('one', 'B', 'no', 3)
        expect(await store.run('one')).toMatchObject({ state: 'incomplete', endedAt: 3 })
        await made('two', 'A')
        await started('two')
        await store.cancel('two', 'A', 'no', 4)
        expect(await store.run('two')).toMatchObject({ state: 'running' })
      })

      it('refuses to start a run that has ended, or one that it does not know', async () => {
        await begin(['A'])
        await store.suspendRun(RUN, 'incomplete', 'a task failed', 4)
        await expect(store.startRun(RUN, { target: 't', base: 'b', workers: 1 }, 5)).rejects.toMatchObject({
          code: 'run_state',
        })
        await expect(store.startRun('no', { target: 't', base: 'b', workers: 1 }, 5)).rejects.toMatchObject({
          code: 'run_unknown',
        })
      })
    })

    describe('tasks', () => {
      it('opens tasks that depend on nothing, in whatever order a plan names them', async () => {
        await begin(['C', { dependsOn: ['B'] }], ['B', { dependsOn: ['A'] }], ['A'])
        expect((await store.tasks(RUN)).map((task) => [task.definition.key, task.state.state])).toEqual([
          ['C', 'pending'],
          ['B', 'pending'],
          ['A', 'available'],
        ])
      })

      it('refuses a key that exists and a dependency that does not, and adds nothing then', async () => {
        await begin(['A'])
        for (const bad of [
          [taskDefinition('B'), taskDefinition('A')],
          [taskDefinition('C', { dependsOn: ['no'] })],
        ]) {
          await expect(store.addTasks(RUN, addedPlan(...bad), 9)).rejects.toMatchObject({
            code: 'plan_invalid',
          })
        }
        expect(await store.tasks(RUN)).toHaveLength(1)
        expect(await store.planTexts(RUN)).toEqual(['{"version":1}', '["A"]'])
      })

      it('keeps every plan of a run as it was read, oldest first', async () => {
        await begin(['A'])
        await store.createRun(newRun('run-2'), 3)
        await store.addTasks(RUN, addedPlan(taskDefinition('B')), 4)
        expect(await store.planTexts(RUN)).toEqual(['{"version":1}', '["A"]', '["B"]'])
        expect(await store.planTexts('run-2')).toEqual(['{"version":1}'])
      })

      it('adds tasks below what is completed, running, or in the way', async () => {
        await begin(['DONE'], ['FAILED'])
        await land('DONE')
        await store.fail(await claimOf('FAILED'), { refusal: null, reason: 'no' }, 30)
        await store.addTasks(
          RUN,
          addedPlan(
            taskDefinition('AFTER-DONE', { dependsOn: ['DONE'] }),
            taskDefinition('BELOW', { dependsOn: ['AFTER-FAILED'] }),
            taskDefinition('AFTER-FAILED', { dependsOn: ['FAILED', 'DONE'] }),
          ),
          40,
        )
        expect(await stateOf('AFTER-DONE')).toBe('available')
        expect((await store.task(RUN, 'AFTER-FAILED'))?.state).toEqual({ state: 'blocked', by: ['FAILED'] })
        expect((await store.task(RUN, 'BELOW'))?.state).toEqual({ state: 'blocked', by: ['AFTER-FAILED'] })
        await store.retry(RUN, 'FAILED', { from: null, note: null }, 41)
        expect(await stateOf('AFTER-FAILED')).toBe('pending')
        expect(await stateOf('BELOW')).toBe('pending')
      })

      it('unlocks a task when its last dependency has landed, and not before', async () => {
        await begin(['A'], ['B'], ['C', { dependsOn: ['A', 'B'] }])
        await land('A')
        expect(await stateOf('C')).toBe('pending')
        await land('B')
        expect(await stateOf('C')).toBe('available')
        expect(await kinds()).toContain('task_available:C')
      })

      it('blocks everything below a task that fails and nothing beside it, until it is retried', async () => {
        await begin(
          ['A'],
          ['B'],
          ['C', { dependsOn: ['A'] }],
          ['D', { dependsOn: ['C', 'B'] }],
          ['E', { dependsOn: ['B'] }],
        )
        await store.fail(await claimOf('A'), { refusal: refusal('tests_failed'), reason: 'used up' }, 11)
        expect((await store.task(RUN, 'A'))?.state).toEqual({
          state: 'failed',
          refusal: refusal('tests_failed'),
          reason: 'used up',
        })
        expect((await store.task(RUN, 'C'))?.state).toEqual({ state: 'blocked', by: ['A'] })
        expect((await store.task(RUN, 'D'))?.state).toEqual({ state: 'blocked', by: ['C'] })
        expect(await stateOf('E')).toBe('pending')
        expect(await store.retry(RUN, 'A', { from: null, note: 'try the other way' }, 12)).toBe(true)
        expect(await store.task(RUN, 'A')).toMatchObject({
          state: { state: 'available' },
          generation: 2,
          acceptedSince: 1,
          note: 'try the other way',
        })
        expect(await stateOf('C')).toBe('pending')
        expect(await stateOf('D')).toBe('pending')
      })

      it('blocks and frees a chain of thousands', async () => {
        const keys = Array.from({ length: 3_000 }, (_, index) => `T-${index}`)
        await begin(
          ...keys.map((key, index): [string, object] => [key, { dependsOn: keys.slice(index - 1, index) }]),
        )
        await store.cancel(RUN, 'T-0', 'no', 5)
        expect(await stateOf('T-2999')).toBe('blocked')
        await store.retry(RUN, 'T-0', { from: null, note: null }, 6)
        const states = (await store.tasks(RUN)).map((task) => task.state.state)
        expect(new Set(states.slice(1))).toEqual(new Set(['pending']))
      })

      it('stays blocked while a second cause remains', async () => {
        await begin(['A'], ['B'], ['C', { dependsOn: ['A', 'B'] }])
        await store.cancel(RUN, 'A', 'not needed', 5)
        await store.needHuman(await claimOf('B'), 'which one?', 6)
        expect((await store.task(RUN, 'C'))?.state).toEqual({ state: 'blocked', by: ['A', 'B'] })
        await store.retry(RUN, 'A', { from: null, note: null }, 7)
        expect((await store.task(RUN, 'C'))?.state).toEqual({ state: 'blocked', by: ['B'] })
        await store.retry(RUN, 'B', { from: null, note: null }, 8)
        expect(await stateOf('C')).toBe('pending')
      })

      it('drops earlier acceptances when a retry begins with RED', async () => {
        await begin(['A'])
        await store.fail(await claimOf('A'), { refusal: null, reason: 'no' }, 11)
        await store.retry(RUN, 'A', { from: 'red', note: null }, 12)
        expect(await store.task(RUN, 'A')).toMatchObject({ generation: 2, acceptedSince: 2 })
      })

      it('opens an ended run again when one of its tasks is retried', async () => {
        await begin(['A'])
        await store.cancel(RUN, 'A', 'no', 5)
        await store.suspendRun(RUN, 'incomplete', null, 6)
        await store.retry(RUN, 'A', { from: null, note: null }, 7)
        expect((await store.unfinishedRun())?.id).toBe(RUN)
      })

      it('cancels and retries only where the state allows it, and only tasks that exist', async () => {
        await begin(['A'])
        expect(await store.retry(RUN, 'A', { from: null, note: null }, 5)).toBe(false)
        expect(await store.cancel(RUN, 'A', 'no', 6)).toBe(true)
        expect(await store.cancel(RUN, 'A', 'no', 7)).toBe(false)
        await expect(store.cancel(RUN, 'Z', 'no', 8)).rejects.toMatchObject({ code: 'task_unknown' })
      })
    })

    describe('claims', () => {
      it('gives a task to one of a thousand that ask at the same time', async () => {
        const keys = Array.from({ length: 40 }, (_, index) => `T-${index}`)
        await begin(...keys.map((key): [string] => [key]))
        const claims = await Promise.all(
          Array.from({ length: 1_000 }, (_, index) =>
            store.claim({ run: RUN, worker: `worker_${index}`, leaseMs: LEASE_MS, candidates: keys }, 10),
          ),
        )
        const got = claims.filter((claim) => claim !== null)
        expect(got.map((claim) => claim.task.definition.key).sort()).toEqual([...keys].sort())
        expect(new Set(got.map((claim) => claim.token)).size).toBe(keys.length)
      })

      it('takes the first candidate that can be had, with a token larger than any before', async () => {
        await begin(['A'], ['B'], ['C', { dependsOn: ['A'] }])
        const request = {
          run: RUN,
          worker: 'worker_1',
          leaseMs: LEASE_MS,
          candidates: ['C', 'nowhere', 'B', 'A'],
        }
        const first = await store.claim(request, 10)
        const second = await store.claim(request, 10)
        expect(first).toMatchObject({ worker: 'worker_1', expiresAt: 10 + LEASE_MS })
        expect(first?.task).toMatchObject({
          state: { state: 'running' },
          claimedBy: 'worker_1',
          stateSince: 10,
        })
        expect([first?.task.definition.key, second?.task.definition.key]).toEqual(['B', 'A'])
        expect(second?.token).toBeGreaterThan(first?.token ?? 0)
        expect(await store.claim(request, 10)).toBeNull()
      })

      it('gives nothing while the run is not running', async () => {
        await begin(['A'])
        await store.suspendRun(RUN, 'paused', null, 5)
        expect(await store.claim({ run: RUN, worker: 'w', leaseMs: 1, candidates: ['A'] }, 6)).toBeNull()
      })

      it('gives a task that was given back once its time has come', async () => {
        await begin(['A'])
        await store.giveBack(await claimOf('A'), { notBefore: 100, reason: 'the provider is busy' }, 20)
        const request = { run: RUN, worker: 'w', leaseMs: 1, candidates: ['A'] }
        expect(await store.claim(request, 99)).toBeNull()
        expect(await store.claim(request, 100)).not.toBeNull()
      })

      it.each([
        ['the same file', ['src/a.js'], ['src/a.js']],
        ['a file in a held directory', ['src/**'], ['src/deep/a.js']],
        ['a directory around a held file', ['src/deep/a.js'], ['src/**']],
        ['everything', ['src/a.js'], ['**']],
        ['anything beside everything', ['**'], ['src/a.js']],
        ['another letter case', ['src/A.js'], ['SRC/a.js']],
        ['another Unicode form', ['src/\u00e9.js'], ['src/e\u0301.js']],
      ])('holds %s until the other task has landed', async (_, held, wanted) => {
        await begin(['A', { locks: held }], ['B', { locks: wanted }])
        const request = { run: RUN, worker: 'w', leaseMs: LEASE_MS, candidates: ['B'] }
        const claim = await claimOf('A')
        expect(await store.claim(request, 11)).toBeNull()
        await store.enterLanding(claim, 12)
        expect(await store.claim(request, 13)).toBeNull()
        const token = await store.takeLandingLease('tdd/plan', 'me', LEASE_MS, 14)
        await store.recordIntent(intentOf('A', token ?? 0), 1, 14)
        await store.recordReceipt(receiptOf('A'), 15)
        expect(await store.claim(request, 16)).not.toBeNull()
      })

      it('does not take neighbours, or what a wildcard would mean, for overlaps', async () => {
        await begin(
          ['A', { locks: ['src/a/**', 'src/x.js', 'src/[bc].js', 'src/[id]/**'] }],
          [
            'B',
            { locks: ['src/ab/**', 'src/x.js.map', 'src/a.js', 'src/b.js', 'src/i/**', 'src/[slug]/**'] },
          ],
        )
        await claimOf('A')
        await claimOf('B')
      })

      it.each([
        ['given back', (claim: Claim) => store.giveBack(claim, { notBefore: 0, reason: 'r' }, 11)],
        ['failed', (claim: Claim) => store.fail(claim, { refusal: null, reason: 'r' }, 11)],
        ['handed to a person', (claim: Claim) => store.needHuman(claim, 'r', 11)],
        ['cancelled', () => store.cancel(RUN, 'A', 'r', 11)],
        ['rescued', () => store.rescue(RUN, 11, { all: true })],
      ])('lets locks go when the task is %s', async (_, leave) => {
        await begin(['A', { locks: ['x'] }], ['B', { locks: ['x'] }])
        await leave(await claimOf('A'))
        await claimOf('B', 12)
      })

      it('renews leases and tells which claims are lost', async () => {
        await begin(['A'], ['B'])
        const [kept, lost] = [await claimOf('A'), await claimOf('B')]
        await store.cancel(RUN, 'B', 'no', 11)
        expect((await store.renewClaims([kept, lost], LEASE_MS, 500)).map((claim) => claim.token)).toEqual([
          lost.token,
        ])
        expect(await store.rescue(RUN, 10 + LEASE_MS)).toEqual([])
        expect(await store.rescue(RUN, 500 + LEASE_MS)).toEqual(['A'])
      })
    })

    describe('fencing', () => {
      it('changes nothing for a worker whose claim was taken over', async () => {
        await begin(['A'], ['B', { dependsOn: ['A'] }])
        const late = await claimOf('A')
        const attempt = await store.startAttempt(
          late,
          { stage: 'red', agent: 'scripted', reserved: NO_SPEND },
          11,
        )
        await store.rescue(RUN, 10 + LEASE_MS)
        const now = await claimOf('A', 10 + LEASE_MS)
        const before = await kinds()
        const spent = await store.spend(RUN)
        expect(
          await store.startAttempt(late, { stage: 'green', agent: null, reserved: NO_SPEND }, 20),
        ).toEqual({ kind: 'lease_lost' })
        expect(
          await store.finishAttempt(late, startedId(attempt), ended({ kind: 'dispute_rejected' }), 20),
        ).toBe(false)
        expect(await store.giveBack(late, { notBefore: 0, reason: 'r' }, 20)).toBe(false)
        expect(await store.enterLanding(late, 20)).toBe(false)
        expect(await store.fail(late, { refusal: null, reason: 'r' }, 20)).toBe(false)
        expect(await store.needHuman(late, 'r', 20)).toBe(false)
        expect(await kinds()).toEqual(before)
        expect(await store.spend(RUN)).toEqual(spent)
        expect(await stateOf('B')).toBe('pending')
        expect(await store.enterLanding(now, 21)).toBe(true)
      })
    })

    circuitPromises(() => store)
    schedulePromises(() => store)
    notificationPromises(() => store)
    attemptPromises(() => ({ store, begin, claimOf, kinds }))
    budgetPromises(() => ({ store, begin, claimOf, kinds }))

    describe('landing', () => {
      it('lets one writer at a target, with a larger token for each new one', async () => {
        const first = await store.takeLandingLease('t', 'one', 100, 0)
        expect(await store.takeLandingLease('t', 'two', 100, 99)).toBeNull()
        expect(await store.renewLandingLease('t', first ?? 0, 100, 50)).toBe(true)
        expect(await store.takeLandingLease('t', 'two', 100, 149)).toBeNull()
        const second = await store.takeLandingLease('t', 'two', 100, 150)
        expect(second).toBeGreaterThan(first ?? 0)
        expect(await store.renewLandingLease('t', first ?? 0, 100, 151)).toBe(false)
        await store.releaseLandingLease('t', first ?? 0, 152)
        expect(await store.takeLandingLease('t', 'three', 100, 153)).toBeNull()
        await store.releaseLandingLease('t', second ?? 0, 154)
        expect(await store.takeLandingLease('t', 'three', 100, 155)).toBeGreaterThan(second ?? 0)
        expect(await store.takeLandingLease('other', 'two', 100, 156)).not.toBeNull()
      })

      it('queues in order of arrival, those that came back in front', async () => {
        await begin(['A'], ['B'], ['C'])
        for (const key of ['B', 'A', 'C']) await store.enterLanding(await claimOf(key), 20)
        expect(await store.landingQueue(RUN)).toEqual(['B', 'A', 'C'])
        expect(
          await store.recordReturn(
            RUN,
            {
              task: 'C',
              generation: 1,
              afterAttempt: 4,
              head: 'h',
              kind: 'sources_conflict',
              refusal: refusal('merge_conflict'),
            },
            null,
            30,
          ),
        ).toBe(true)
        expect(await store.landingQueue(RUN)).toEqual(['B', 'A'])
        await store.enterLanding(await claimOf('C', 30), 31)
        expect(await store.landingQueue(RUN)).toEqual(['C', 'B', 'A'])
        expect((await store.history(RUN, 'C')).returns).toEqual([
          {
            task: 'C',
            generation: 1,
            afterAttempt: 4,
            head: 'h',
            kind: 'sources_conflict',
            refusal: refusal('merge_conflict'),
          },
        ])
      })

      it('keeps an intent open until a receipt, a return or a drop decides it', async () => {
        await begin(['A'], ['B', { dependsOn: ['A'] }])
        await store.enterLanding(await claimOf('A'), 20)
        const token = (await store.takeLandingLease('tdd/plan', 'me', LEASE_MS, 20)) ?? 0
        expect(await store.recordIntent(intentOf('A', token + 1), 1, 21)).toBe(false)
        expect(await store.recordReceipt(receiptOf('A'), 21)).toBe(false)
        expect(await store.recordIntent(intentOf('A', token), 1, 21)).toBe(true)
        expect(await store.recordIntent(intentOf('A', token, 'another'), 1, 21)).toBe(false)
        expect(await store.openIntents(RUN)).toEqual([intentOf('A', token)])
        expect(await store.cancel(RUN, 'A', 'too late', 22)).toBe(false)
        await store.dropIntent(RUN, 'A', 22)
        expect(await store.openIntents(RUN)).toEqual([])
        expect(await store.recordIntent(intentOf('A', token, 'another'), 1, 23)).toBe(true)
        expect(await store.recordReceipt(receiptOf('A'), 24)).toBe(false)
        expect(await store.recordReceipt(receiptOf('A', 'another'), 24)).toBe(true)
        const events = await kinds()
        expect(await store.recordReceipt(receiptOf('A', 'another'), 25)).toBe(true)
        expect(await kinds()).toEqual(events)
        expect(await store.landed(RUN)).toEqual([receiptOf('A', 'another')])
        expect((await store.task(RUN, 'A'))?.state).toEqual({ state: 'completed', merge: 'another' })
        expect(await stateOf('B')).toBe('available')
      })

      it('refuses the intent of a holder whose lease has passed on', async () => {
        await begin(['A'])
        await store.enterLanding(await claimOf('A'), 20)
        const old = (await store.takeLandingLease('tdd/plan', 'one', 10, 20)) ?? 0
        await store.takeLandingLease('tdd/plan', 'two', 10, 30)
        expect(await store.recordIntent(intentOf('A', old), 1, 31)).toBe(false)
      })

      it('hands a landing that cannot be decided to a person, and blocks what depends on it', async () => {
        await begin(['A'], ['B', { dependsOn: ['A'] }])
        await store.enterLanding(await claimOf('A'), 20)
        const back = {
          task: 'A',
          generation: 1,
          afterAttempt: 4,
          head: 'h',
          kind: 'already_done',
          refusal: refusal('no_change'),
        } as const
        expect(await store.recordReturn(RUN, back, 'somebody did it', 30)).toBe(true)
        expect(await store.recordReturn(RUN, back, 'somebody did it', 30)).toBe(false)
        expect((await store.task(RUN, 'A'))?.state).toEqual({
          state: 'needs_human',
          reason: 'somebody did it',
        })
        expect(await stateOf('B')).toBe('blocked')
      })

      it('asks a person about what stands on a landing that was lost, and lands it again only on request', async () => {
        await begin(['A'], ['B', { dependsOn: ['A'] }], ['C', { dependsOn: ['B'] }])
        await land('A')
        expect(await store.retry(RUN, 'A', { from: null, note: null }, 40)).toBe(false)
        const claim = await claimOf('B')
        await store.startAttempt(claim, { stage: 'red', agent: 's', reserved: NO_SPEND }, 40)
        expect(await store.loseLanding(RUN, 'A', 41)).toEqual(['B'])
        const [attempt] = (await store.history(RUN, 'B')).attempts
        expect(attempt?.outcome, 'a person took it away').toMatchObject({ kind: 'lost', cause: 'user' })
        expect(await store.loseLanding(RUN, 'A', 42)).toEqual([])
        expect([await stateOf('A'), await stateOf('B'), await stateOf('C')]).toEqual([
          'completed',
          'needs_human',
          'blocked',
        ])
        expect(await store.landed(RUN)).toEqual([])
        expect(await store.lostLandings(RUN)).toEqual(['A'])
        expect(await store.retry(RUN, 'A', { from: null, note: null }, 43)).toBe(true)
        expect(await store.lostLandings(RUN)).toEqual([])
        expect(await store.retry(RUN, 'B', { from: null, note: null }, 44)).toBe(true)
        expect([await stateOf('A'), await stateOf('B'), await stateOf('C')]).toEqual([
          'retryable',
          'pending',
          'pending',
        ])
        await store.enterLanding(await claimOf('A', 45), 45)
        const token = (await store.takeLandingLease('tdd/plan', 'me', LEASE_MS, 45)) ?? 0
        expect(await store.recordIntent(intentOf('A', token, 'again'), 2, 46)).toBe(true)
        expect(await store.recordReceipt(receiptOf('A', 'again'), 47)).toBe(true)
        expect(await store.retry(RUN, 'A', { from: null, note: null }, 48)).toBe(false)
        expect(await store.lostLandings(RUN)).toEqual([])
      })

      it('takes neither the landing nor the return of work that a person had begun anew', async () => {
        await begin(['A'])
        await store.enterLanding(await claimOf('A'), 20)
        const token = (await store.takeLandingLease('tdd/plan', 'me', LEASE_MS, 20)) ?? 0
        expect(await store.cancel(RUN, 'A', 'wrong', 21)).toBe(true)
        expect(await store.retry(RUN, 'A', { from: 'red', note: null }, 22)).toBe(true)
        await store.enterLanding(await claimOf('A', 23), 23)
        expect(await store.recordIntent(intentOf('A', token), 1, 24)).toBe(false)
        const old = { task: 'A', afterAttempt: 4, head: 'h', kind: 'tests_conflict' } as const
        const back = { ...old, generation: 1, refusal: refusal('merge_conflict') }
        expect(await store.recordReturn(RUN, back, null, 24)).toBe(false)
        expect(await stateOf('A')).toBe('landing')
        expect(await store.recordIntent(intentOf('A', token), 2, 25)).toBe(true)
      })
    })

    describe('evidence, workers and requests', () => {
      it('keeps the first text of a key', async () => {
        expect(await store.recallEvidence('k')).toBeNull()
        await store.keepEvidence('k', 'one', 1)
        await store.keepEvidence('k', 'two', 2)
        expect(await store.recallEvidence('k')).toBe('one')
      })

      it('holds a test in quarantine, for every run, until a person clears it', async () => {
        const [one, two] = [
          { file: 'test/a.test.js', name: 'one' },
          { file: 'test/a.test.js', name: 'two' },
        ]
        const other = { file: 'test/b.test.js', name: 'one' }
        await store.quarantine({ run: RUN, task: 'A', tests: [two, other] }, 3)
        await store.quarantine({ run: RUN, task: 'B', tests: [one, two] }, 4)
        expect(await store.quarantined()).toEqual([
          { ...one, run: RUN, task: 'B', since: 4 },
          { ...two, run: RUN, task: 'A', since: 3 },
          { ...other, run: RUN, task: 'A', since: 3 },
        ])
        expect(await store.clearQuarantine({ file: 'test/a.test.js', name: 'two' }, 5)).toMatchObject([two])
        expect(await store.clearQuarantine({ file: 'test/a.test.js', name: 'two' }, 6)).toEqual([])
        expect(await store.clearQuarantine({ file: 'test/b.test.js', name: null }, 7)).toMatchObject([other])
        await store.quarantine({ run: RUN, task: 'C', tests: [two] }, 8)
        expect(await store.clearQuarantine({ file: null, name: null }, 9)).toMatchObject([one, two])
        expect(await store.quarantined()).toEqual([])
        const told = (await store.events({ after: 0, limit: 100 })).filter(({ kind }) =>
          kind.includes('quarantine'),
        )
        expect(told.map(({ kind, task, at, data }) => [kind, task, at, data['file'], data['name']])).toEqual([
          ['test_quarantined', 'A', 3, 'test/a.test.js', 'two'],
          ['test_quarantined', 'A', 3, 'test/b.test.js', 'one'],
          ['test_quarantined', 'B', 4, 'test/a.test.js', 'one'],
          ['quarantine_cleared', 'A', 5, 'test/a.test.js', 'two'],
          ['quarantine_cleared', 'A', 7, 'test/b.test.js', 'one'],
          ['test_quarantined', 'C', 8, 'test/a.test.js', 'two'],
          ['quarantine_cleared', 'B', 9, 'test/a.test.js', 'one'],
          ['quarantine_cleared', 'C', 9, 'test/a.test.js', 'two'],
        ])
      })

      it('shows what each worker does last', async () => {
        const note = {
          run: RUN,
          worker: 'worker_1',
          state: 'idle',
          task: null,
          stage: null,
          since: 1,
        } as const
        await store.noteWorker(note, 1)
        await store.noteWorker({ ...note, state: 'working', task: 'A', stage: 'green', since: 2 }, 2)
        expect(await store.workers(RUN)).toEqual([
          { ...note, state: 'working', task: 'A', stage: 'green', since: 2 },
        ])
      })

      it('tells once who took the place of a worker, however often the run is resumed', async () => {
        await begin(['A'])
        for (const by of ['worker_3', 'worker_3', null, 'worker_4', 'worker_3']) {
          await store.retireWorker({ run: RUN, worker: 'worker_1', by }, 5)
        }
        expect(await store.workers(RUN)).toMatchObject([{ worker: 'worker_1', state: 'stopped', since: 5 }])
        const told = (await store.events({ after: 0, limit: 100 })).filter(
          ({ kind }) => kind === 'worker_replaced',
        )
        expect(told.map(({ data }) => data)).toEqual([
          { worker: 'worker_1', by: 'worker_3' },
          { worker: 'worker_1', by: 'worker_4' },
        ])
      })
    })

    describe('events', () => {
      it('gives every event once to a reader who follows the cursor, also while others write', async () => {
        const writing = Promise.all(
          Array.from({ length: 300 }, (_, index) =>
            store.append(
              [{ run: RUN, kind: 'budget_warning', task: null, attempt: null, data: { index } }],
              index,
            ),
          ),
        )
        const seen: number[] = []
        for (let after = 0; seen.length < 300; ) {
          await store.waitForEvent(after, AbortSignal.timeout(30_000))
          const events = await store.events({ after, limit: 7 })
          seen.push(...events.map((event) => Number(event.data['index'])))
          after = events.at(-1)?.seq ?? after
        }
        await writing
        expect([...seen].sort((left, right) => left - right)).toEqual(
          Array.from({ length: 300 }, (_, index) => index),
        )
      })

      it('gives only those of a run when asked to', async () => {
        const event = { kind: 'budget_warning', task: null, attempt: null, data: {} } as const
        await store.append(
          [
            { ...event, run: 'one' },
            { ...event, run: 'two' },
            { ...event, run: 'one' },
          ],
          1,
        )
        expect((await store.events({ after: 0, limit: 9, run: 'one' })).map((each) => each.run)).toEqual([
          'one',
          'one',
        ])
      })

      it('stops waiting when told to', async () => {
        await store.waitForEvent(1_000, AbortSignal.timeout(5))
      })
    })

    it('answers nothing after it was closed, and may be closed twice', async () => {
      await store.close()
      await store.close()
      await expect(store.currentRun()).rejects.toMatchObject({ code: 'store_unavailable' })
    })
  })
}
