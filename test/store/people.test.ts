import { describe, expect, it } from 'vitest'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { openStoreClient } from '../../src/store/client.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store, StoreRequestBody } from '../../src/store/store.ts'
import { addedPlan, ended, newRun, refusal, startedId, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const RUN = 'run-1'
const ABOUT = { run: RUN, person: 'Ada Example' }
const TAKE: StoreRequestBody = { kind: 'take', ...ABOUT, task: 'A', directory: '/work/a' }

describe('a task that a person has taken', () => {
  it('is no worker’s: not claimed, not rescued, without a lease that ends, its files held', async () => {
    await using desk = await openDesk({ locks: ['src/a.js'] }, { locks: ['src/a.js'] })
    const { store, ask } = desk
    expect(await ask(TAKE)).toBe(true)
    const [work] = await store.peoplesWork(RUN)
    expect(work?.hold).toMatchObject({
      person: 'Ada Example',
      directory: '/work/a',
      asks: 'directory',
      base: null,
    })
    const claim = { run: RUN, worker: 'worker_1', leaseMs: 1_000, candidates: ['A', 'B'] }
    expect(await store.claim(claim, Date.now() + 1e9)).toBeNull()
    if (work === undefined) throw new Error('nothing was taken')
    expect(await store.renewClaims([work.claim], 1, Date.now())).toEqual([])
    expect(await store.rescue(RUN, Date.now() + 1e9)).toEqual([])
    const started = {
      stage: 'red',
      agent: 'person',
      reserved: ended({ kind: 'dispute_rejected' }).spend,
    } as const
    const attempt = startedId(await store.startAttempt(work.claim, started, Date.now()))
    expect(await store.rescue(RUN, Date.now(), { all: true })).toEqual([])
    expect((await store.history(RUN, 'A')).attempts).toMatchObject([
      { id: attempt, byPerson: true, outcome: { kind: 'lost', cause: 'crash' } },
    ])
    expect((await store.task(RUN, 'A'))?.person?.asks).toBe('directory')
  })

  it('goes to and fro: made, handed in once however often, judged, given back', async () => {
    await using desk = await openDesk()
    const { store, ask } = desk
    await ask(TAKE)
    await expect(ask({ kind: 'submit', ...ABOUT, task: 'A', giveBack: false })).rejects.toMatchObject({
      code: 'task_state',
    })
    const claim = await claimOf(store)
    expect(await store.answerPerson(claim, { base: 'base0', problem: null }, 20)).toBe(true)
    expect(await store.peoplesWork(RUN)).toEqual([])
    await expect(ask(TAKE)).rejects.toMatchObject({ message: expect.stringContaining('/work/a') as string })
    for (let turn = 0; turn < 2; turn++)
      expect(await ask({ kind: 'submit', ...ABOUT, task: 'A', giveBack: true })).toBe(true)
    const handedIn = (await store.events({ after: 0, limit: 1_000 })).filter(
      ({ kind }) => kind === 'task_handed_in',
    )
    expect(handedIn).toHaveLength(1)
    expect((await store.task(RUN, 'A'))?.person).toMatchObject({
      asks: 'verdict',
      giveBack: true,
      base: 'base0',
    })
    expect(await ask({ kind: 'give_back', ...ABOUT, task: 'A' })).toBe(true)
    expect(await store.task(RUN, 'A')).toMatchObject({ person: null, state: { state: 'retryable' } })
    expect(await store.answerPerson(claim, { problem: null }, 21)).toBe(false)
    await expect(ask({ kind: 'give_back', ...ABOUT, task: 'A' })).rejects.toMatchObject({
      code: 'task_state',
    })
  })

  it('has its attempts anew where it had failed, and is not there where it depends on others', async () => {
    await using desk = await openDesk({}, { dependsOn: ['A'] })
    const { store, ask } = desk
    await expect(ask({ ...TAKE, task: 'B' })).rejects.toMatchObject({
      message: expect.stringContaining('pending') as string,
    })
    const claim = await store.claim({ run: RUN, worker: 'worker_1', leaseMs: 1_000, candidates: ['A'] }, 20)
    if (claim === null) throw new Error('A could not be claimed')
    await expect(ask(TAKE)).rejects.toMatchObject({ message: expect.stringContaining('worker_1') as string })
    await store.fail(claim, { refusal: refusal('weak_test'), reason: 'used up' }, 21)
    expect(await ask(TAKE)).toBe(true)
    expect(await store.task(RUN, 'A')).toMatchObject({ generation: 2, person: { asks: 'directory' } })
    expect((await store.task(RUN, 'B'))?.state.state).toBe('pending')
    expect(await store.cancel(RUN, 'A', 'not now', 30)).toBe(true)
    expect(await store.peoplesWork(RUN)).toEqual([])
  })
})

describe('a landing that waits for a person', () => {
  it('is in the queue once it is approved, for this arrival only', async () => {
    await using desk = await openDesk()
    const { store, ask } = desk
    await store.requireApproval(RUN, true)
    const body = { kind: 'approve', ...ABOUT, task: 'A', work: 'green' } as const
    await expect(ask({ ...body, since: 0 })).rejects.toMatchObject({ code: 'task_state' })
    await arrive(store)
    const approve = { ...body, since: (await store.task(RUN, 'A'))?.stateSince ?? 0 }
    expect([await store.landingQueue(RUN), (await store.task(RUN, 'A'))?.waitsForApproval]).toEqual([
      [],
      true,
    ])
    expect(await ask(approve)).toBe(true)
    await expect(ask(approve)).rejects.toMatchObject({ code: 'task_state' })
    expect([await store.landingQueue(RUN), (await store.task(RUN, 'A'))?.waitsForApproval]).toEqual([
      ['A'],
      false,
    ])
    const back = {
      task: 'A',
      generation: 1,
      afterAttempt: 0,
      head: 'h',
      kind: 'sources_conflict',
      refusal: refusal('merge_conflict'),
    } as const
    await store.recordReturn(RUN, back, null, 40)
    await arrive(store, Date.now() + 60_000)
    expect(await store.landingQueue(RUN)).toEqual([])
    await expect(ask(approve)).rejects.toMatchObject({
      message: 'other work of A waits by now than what was looked at',
    })
    expect(await store.landingQueue(RUN)).toEqual([])
    await store.requireApproval(RUN, false)
    expect(await store.landingQueue(RUN)).toEqual(['A'])
  })

  it('comes back with what the person said', async () => {
    await using desk = await openDesk()
    const { store, ask } = desk
    await store.requireApproval(RUN, true)
    await arrive(store)
    const refuse = {
      kind: 'refuse',
      ...ABOUT,
      task: 'A',
      note: 'shorter',
      tests: false,
      base: 'base0',
      afterAttempt: 3,
      since: (await store.task(RUN, 'A'))?.stateSince ?? 0,
    } as const
    expect(await ask(refuse)).toBe(true)
    expect((await store.task(RUN, 'A'))?.state.state).toBe('retryable')
    expect((await store.history(RUN, 'A')).returns).toMatchObject([
      { kind: 'person_refused', head: 'base0', refusal: { fact: 'Ada Example did not approve it: shorter' } },
    ])
    await expect(ask(refuse)).rejects.toMatchObject({ code: 'task_state' })
  })
})

async function openDesk(...tasks: readonly Parameters<typeof taskDefinition>[1][]) {
  const path = tempStorePath()
  const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.createRun(newRun(RUN), 1)
  const all = tasks.length === 0 ? [{}] : tasks
  await store.addTasks(
    RUN,
    addedPlan(...all.map((each, index) => taskDefinition('AB'[index] ?? '', each))),
    2,
  )
  await store.startRun(RUN, { target: 'tdd/plan', base: 'base0', workers: 2 }, 3)
  const stop = store.onRequest(() => {
    void serve(store)
  })
  return {
    store,
    ask: async (body: StoreRequestBody) => {
      using client = openStoreClient({ path, clock: systemClock, owner: processIdentity() })
      return await client.handIn(body)
    },
    [Symbol.asyncDispose]: async () => {
      stop()
      await store.close()
    },
  }
}

async function serve(store: Store): Promise<void> {
  for (const { id } of await store.openRequests()) await store.fulfilRequest(id, Date.now())
}

async function claimOf(store: Store) {
  const [work] = await store.peoplesWork(RUN)
  if (work === undefined) throw new Error('nothing is asked')
  return work.claim
}

async function arrive(store: Store, at = Date.now()): Promise<void> {
  const claim = await store.claim({ run: RUN, worker: 'worker_1', leaseMs: 1_000, candidates: ['A'] }, at)
  if (claim === null || !(await store.enterLanding(claim, at))) throw new Error('A does not land')
}
