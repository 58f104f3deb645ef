import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { circuitsOfRun, circuitsStatus, getCircuitHealth } from '../../src/observe/circuits.ts'
import { explain } from '../../src/observe/explain-circuit.ts'
import { readStatus } from '../../src/observe/status.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader, type StoreReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { ended, newRun, startedId, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const RUN = 'run-1'
const MINUTE = 60_000

describe('the circuits of a run as they are shown', () => {
  let path: string
  beforeEach(() => {
    path = tempStorePath()
  })

  it('have a probe whose process is gone as one that nothing comes of, until it counts as lost', async () => {
    const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    const openedAt = await runOfOneWorker(store, { extensions: 3 })
    await claimBy(store, openedAt + MINUTE)
    using reader = opened()
    const now = openedAt + 2 * MINUTE
    expect(workerIn(reader, now)).toMatchObject({ state: 'half_open', probes: 1, probesGone: 0 })
    expect(explained(reader, now)).toMatch(/^the outcome of 1 probe, the first of which counts as lost at /)
    await store.close()
    const probesUntil = openedAt + MINUTE + DEFAULT_CIRCUITS.worker.probeMs
    expect(workerIn(reader, now)).toMatchObject({ probes: 0, probesGone: 1, probesUntil })
    expect(explained(reader, now)).toMatch(/^nothing that comes: the attempt or process of its probe is gone/)
    expect(readStatus(reader, now)).toMatchObject({ held: [], run: { state: 'interrupted' } })
    expect(workerIn(reader, probesUntil)).toMatchObject({ probes: 0, probesGone: 0, probesUntil: null })
    expect(explained(reader, probesUntil)).toBe('the next that comes, which is a probe')
  })

  it('say of a paused run what lets it go on, and from when', async () => {
    await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    const openedAt = await runOfOneWorker(store, { extensions: 3 })
    const pause = { by: 'circuit', limitUntil: null, resumeAt: openedAt + MINUTE, reset: null } as const
    await store.suspendRun(RUN, 'paused', 'all failed', openedAt, pause)
    using reader = opened()
    const resume = { command: 'orchestrator run --resume', at: openedAt + MINUTE }
    expect(readStatus(reader, openedAt)).toMatchObject({
      run: { state: 'paused', resume },
      held: [{ id: 'worker_1', waitsFor: 'time', until: openedAt + MINUTE }],
    })
    expect(readStatus(reader, openedAt + MINUTE)).toMatchObject({ run: { resume: { at: null } }, held: [] })
  })

  it('leave out of a pause what was told then, where circuits have changed since', async () => {
    await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    const openedAt = await runOfOneWorker(store, { extensions: 3 })
    using reader = opened()
    const about = { run: RUN, kind: 'run_paused', task: null, attempt: null } as const
    const goesOnAt = async (data: Readonly<Record<string, unknown>>) => {
      await store.append([{ ...about, data: { resumeAt: openedAt + 9 * MINUTE, ...data } }], openedAt)
      return readStatus(reader, openedAt).run?.resume?.at
    }
    await store.suspendRun(RUN, 'paused', null, openedAt)
    expect(await goesOnAt({ by: 'circuit', limitUntil: null })).toBe(openedAt + MINUTE)
    expect(await goesOnAt({ by: 'provider_limit', limitUntil: openedAt + 2 * MINUTE })).toBe(
      openedAt + 2 * MINUTE,
    )
    const steps = ['git branch tdd/a b']
    await goesOnAt({ by: 'target', limitUntil: null, steps, raise: null })
    expect(readStatus(reader, openedAt).run?.resume?.command).toBe(
      `${steps.join()} && orchestrator run --resume`,
    )
    // As older programs wrote them.
    expect(await goesOnAt({ by: 'circuit' })).toBe(openedAt + MINUTE)
    expect(await goesOnAt({ by: 'provider_limit' })).toBe(openedAt + 9 * MINUTE)
  })

  it('are UNHEALTHY where the run is paused and every worker is used up, until one is reset', async () => {
    await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    const openedAt = await runOfOneWorker(store, { extensions: 0 })
    const claim = await claimBy(store, openedAt + MINUTE)
    await breakDown(store, claim, openedAt + MINUTE)
    await store.giveBack(claim, { notBefore: openedAt, reason: 'held' }, openedAt + MINUTE)
    await store.retireWorker({ run: RUN, worker: 'worker_1', by: 'worker_2' }, openedAt + MINUTE)
    for (const worker of ['worker_2', 'worker_3', 'worker_4']) await useUp(store, worker, openedAt + MINUTE)
    const pause = { by: 'circuit', limitUntil: null, resumeAt: null, reset: null } as const
    await store.suspendRun(RUN, 'paused', 'all retired', openedAt + MINUTE, pause)
    using reader = opened()
    expect(getCircuitHealth({ reader })).toMatchObject({ status: 'UNHEALTHY', open: 4, ended: 1 })
    const reset = 'orchestrator circuits reset all --force && orchestrator run --resume'
    expect(readStatus(reader, systemClock.now()).run?.resume).toEqual({ command: reset, at: null })
    await store.resetCircuit({ run: RUN, level: 'worker', identifier: 'worker_1' }, openedAt + 2 * MINUTE)
    const { reasons } = getCircuitHealth({ reader })
    expect(reasons).not.toContain('the run is paused: all its workers are held or have retired')
    expect(readStatus(reader, systemClock.now()).run?.resume).toEqual({
      command: 'orchestrator run --resume',
      at: null,
    })
  })

  it('hold nothing back once the run has ended, and count again where a retry resumes it', async () => {
    await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    const openedAt = await runOfOneWorker(store, { extensions: 0 })
    await store.cancel(RUN, 'A', 'not wanted', openedAt)
    await store.suspendRun(RUN, 'incomplete', null, openedAt)
    using reader = opened()
    expect(readStatus(reader, openedAt).held).toEqual([])
    expect(getCircuitHealth({ reader })).toMatchObject({
      status: 'DEGRADED',
      reasons: ['worker:worker_1 is open, but its run has ended'],
    })
    expect(explained(reader, openedAt)).toBe('no probe: its run has ended')
    expect(workerIn(reader, openedAt)).toMatchObject({ ended: 'run_ended', next: null })
    await store.retry(RUN, 'A', { from: null, note: null }, openedAt)
    expect(readStatus(reader, openedAt).held).toMatchObject([{ id: 'worker_1', until: openedAt + MINUTE }])
  })

  function opened(): StoreReader {
    const reader = openReader(path)
    if (reader === null) throw new Error('there is no store')
    return reader
  }
})

/** Its only worker broke down once, which opened its circuit for a minute. Answers when. */
async function runOfOneWorker(store: Store, worker: { readonly extensions: number }): Promise<number> {
  const now = systemClock.now()
  await store.createRun({ ...newRun(RUN), tasks: [taskDefinition('A')] }, now)
  const waits = { failures: 1, waitMs: MINUTE, longestWaitMs: MINUTE, growth: 1, jitter: 0 }
  const circuits = {
    ...DEFAULT_CIRCUITS,
    stage: { ...DEFAULT_CIRCUITS.stage, failures: 100 },
    system: { ...DEFAULT_CIRCUITS.system, rate: null },
    worker: { ...DEFAULT_CIRCUITS.worker, ...waits, ...worker },
  }
  await store.startRun(RUN, { target: 't', base: 'b', workers: 1, circuits }, now)
  const claim = await claimBy(store, now)
  await breakDown(store, claim, now)
  await store.giveBack(claim, { notBefore: now, reason: 'held' }, now)
  return now
}

async function claimBy(store: Store, now: number, worker = 'worker_1') {
  const request = { run: RUN, worker, leaseMs: 1e9, candidates: ['A'] }
  const claim = await store.claim(request, now)
  if (claim === null) throw new Error('the task could not be claimed')
  return claim
}

async function breakDown(
  store: Store,
  claim: Awaited<ReturnType<typeof claimBy>>,
  now: number,
): Promise<void> {
  const started = await store.startAttempt(claim, { stage: 'green', agent: 's', reserved: NO_SPEND }, now)
  const outcome = { kind: 'gave_up', cause: 'crash', detail: 'it broke down', base: 'b' } as const
  await store.finishAttempt(claim, startedId(started), ended(outcome), now)
}

/** It breaks down whenever it works: as often as its circuit, without extensions, lets it. */
async function useUp(store: Store, worker: string, now: number): Promise<void> {
  for (const at of [now, now + MINUTE]) {
    const claim = await claimBy(store, at, worker)
    await breakDown(store, claim, at)
    await store.giveBack(claim, { notBefore: 0, reason: 'held' }, at)
  }
}

function workerIn(reader: StoreReader, now: number) {
  const rows = circuitsOfRun(reader, RUN).filter(({ level }) => level === 'worker')
  return circuitsStatus(rows, now).circuits[0]
}

function explained(reader: StoreReader, now: number): string | undefined {
  const [row] = circuitsOfRun(reader, RUN).filter(({ level }) => level === 'worker')
  return row === undefined ? undefined : explain(row, { events: [] }, now).waitsFor
}
