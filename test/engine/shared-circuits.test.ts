import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CircuitBreakerConfig,
  type StoreClient,
  SystemCircuitBreaker,
  WorkerCircuitBreaker,
} from '../../src/index.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openStoreClient } from '../../src/store/client.ts'
import { answerOpenRequests } from '../../src/store/requests.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { newRun } from '../support/store-data.ts'

const RUN = 'run-1'

describe('one circuit object that many callers share', () => {
  let directory: string
  let owner: Store
  let client: StoreClient
  /** The owner answers nothing. */
  let busy = false
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'shared-circuits-'))
    const place = { path: join(directory, 'store.db'), clock: systemClock, owner: processIdentity() }
    owner = await openSqliteStore({ ...place, requestPollMs: 5 })
    await owner.createRun(newRun(RUN), systemClock.now())
    owner.onRequest(() => {
      if (!busy) void answerOpenRequests(owner, { clock: systemClock, stop: null })
    })
    client = openStoreClient(place)
  })
  afterAll(async () => {
    client[Symbol.dispose]()
    await owner.close()
    rmSync(directory, { recursive: true, force: true })
  })

  /** It failed, and its wait is over. */
  const waited = async (
    workerId: string,
    config: CircuitBreakerConfig = {},
  ): Promise<WorkerCircuitBreaker> => {
    const options = { failures: 1, rate: null, waitMs: 1, jitter: 0, ...config }
    const circuit = new WorkerCircuitBreaker(client, { workerId }, options)
    await circuit.recordFailure('infrastructure')
    await systemClock.sleep(2)
    return circuit
  }
  /** The newest request and the newest event: whatever is handed in leaves one. */
  const rows = () => {
    using db = new DatabaseSync(join(directory, 'store.db'), { readOnly: true })
    const [row] = db
      .prepare('SELECT (SELECT max(id) FROM requests) AS request, (SELECT max(seq) FROM events) AS event')
      .all()
    return row
  }
  const stateOf = (identifier: string) => client.reader.circuit({ run: RUN, level: 'worker', identifier })

  it('lets no more of them through than there are probes', async () => {
    const circuit = await waited('crowded', { probes: 2 })
    const allowed = await Promise.all(Array.from({ length: 10 }, () => circuit.checkAndAllow()))
    expect(allowed.filter(Boolean)).toHaveLength(2)
    expect(await circuit.checkAndAllow()).toBe(false)
  })

  it('waits five minutes for a probe that says nothing, whatever other options it was made with', async () => {
    const circuit = await waited('gone')
    expect(await circuit.checkAndAllow()).toBe(true)
    const half = stateOf('gone')
    expect(half).toMatchObject({ probes: [{ until: (half?.since ?? 0) + 300_000 }] })
  })

  it('takes what they say for one probe after the other, the oldest first', async () => {
    const circuit = await waited('ordered', { probes: 2, successes: 2 })
    await circuit.checkAndAllow()
    const [first] = probesOf(stateOf('ordered'))
    await circuit.checkAndAllow()
    const [, second] = probesOf(stateOf('ordered'))
    await circuit.recordSuccess()
    expect(stateOf('ordered')).toMatchObject({ state: 'half_open', successes: 1, probes: [{ id: second }] })
    expect(second).not.toBe(first)
    expect(await circuit.checkAndAllow()).toBe(true)
    // One of them says nothing about the worker.
    await Promise.all([circuit.recordFailure('provider_limit'), circuit.recordSuccess()])
    expect(stateOf('ordered')?.state).toBe('closed')
  })

  it('forgets a probe that nothing came of', async () => {
    const circuit = await waited('silent', { probeMs: 1 })
    expect(await circuit.checkAndAllow()).toBe(true)
    await systemClock.sleep(2)
    expect(await circuit.checkAndAllow()).toBe(true)
    await circuit.recordSuccess()
    expect(stateOf('silent')?.state).toBe('closed')
  })

  it('says again what came of its probe where the owner was too busy to hear it', async () => {
    const place = { path: join(directory, 'store.db'), clock: systemClock, owner: processIdentity() }
    using hasty = openStoreClient({ ...place, answerMs: 50 })
    await waited('unheard')
    const circuit = new WorkerCircuitBreaker(hasty, { workerId: 'unheard' })
    expect(await circuit.checkAndAllow()).toBe(true)
    busy = true
    await expect(circuit.recordSuccess()).rejects.toMatchObject({ code: 'store_owned' })
    busy = false
    expect(stateOf('unheard')?.state).toBe('half_open')
    await circuit.recordSuccess()
    expect(stateOf('unheard')?.state).toBe('closed')
  })

  it('writes no row while nothing changes', async () => {
    const open = await waited('open', { waitMs: 60_000 })
    const probed = await waited('probed')
    expect(await probed.checkAndAllow()).toBe(true)
    const system = new SystemCircuitBreaker(client)
    await system.registerWorker('probed')
    const before = rows()
    for (let time = 0; time < 5; time += 1) {
      expect([await open.checkAndAllow(), await probed.checkAndAllow()]).toEqual([false, false])
    }
    await system.registerWorker('probed')
    await open.recordSuccess()
    await open.recordFailure('infrastructure')
    // Another object was let through by nobody.
    await new WorkerCircuitBreaker(client, { workerId: 'probed' }).recordFailure('infrastructure')
    const untouched = new WorkerCircuitBreaker(client, { workerId: 'untouched' })
    expect(await untouched.checkAndAllow()).toBe(true)
    await untouched.recordSuccess()
    await untouched.recordFailure('user')
    expect(rows()).toEqual(before)
  })
})

function probesOf(circuit: ReturnType<StoreClient['reader']['circuit']>): string[] {
  return circuit?.state === 'half_open' ? circuit.probes.map(({ id }) => id) : []
}
