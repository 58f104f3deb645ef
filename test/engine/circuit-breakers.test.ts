import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { serveRequests } from '../../src/engine/requests.ts'
import { Wake } from '../../src/engine/wake.ts'
import {
  type CircuitBreakerConfig,
  getCircuitHealth,
  getMetricsCollector,
  openEngine,
  openStore,
  StageCircuitBreaker,
  type StoreClient,
  SystemCircuitBreaker,
  WorkerCircuitBreaker,
} from '../../src/index.ts'
import { resettable } from '../../src/observe/circuits.ts'
import { type EngineSample, engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan } from '../support/letters.ts'

const run = promisify(execFile)

describe('circuits of the library', () => {
  it('hold back what failed three times in a row, in every handle and every process, until they are reset', async () => {
    const { sample, store } = await opened()
    const circuit = new StageCircuitBreaker(store, { taskId: 'A', stage: 'green' })
    expect(getCircuitHealth(store)).toMatchObject({ status: 'HEALTHY', total: 0 })
    for (const cause of ['agent', 'provider_limit', 'test', 'user'] as const)
      await circuit.recordFailure(cause)
    expect(await circuit.checkAndAllow()).toBe(true)
    await circuit.recordFailure('infrastructure')
    expect(await circuit.checkAndAllow()).toBe(false)
    using other = await openStore(placeOf(sample))
    expect(await new StageCircuitBreaker(other, { taskId: 'A', stage: 'green' }).checkAndAllow()).toBe(false)
    expect(await new StageCircuitBreaker(other, { taskId: 'A', stage: 'red' }).checkAndAllow()).toBe(true)
    expect(getCircuitHealth(other)).toMatchObject({ status: 'DEGRADED', open: 1 })
    await circuit.reset()
    expect(await circuit.checkAndAllow()).toBe(true)
    store[Symbol.dispose]()
  })

  it('begin anew after a success', async () => {
    const { store } = await opened()
    const circuit = new WorkerCircuitBreaker(store, { workerId: 'mine' })
    await circuit.recordFailure('infrastructure')
    await circuit.recordFailure('agent')
    await circuit.recordSuccess()
    await circuit.recordFailure('agent')
    await circuit.recordFailure('test')
    expect(await circuit.checkAndAllow()).toBe(true)
    store[Symbol.dispose]()
  })

  it('let no more probes through than they may, however many ask at once beside a run that owns the store', async () => {
    const { sample, store } = await opened()
    const config = { failures: 1, rate: null, waitMs: 1, jitter: 0, probes: 2 }
    await new SystemCircuitBreaker(store, config).recordFailure('infrastructure')
    await using engine = await sample.open()
    const { store: owned, clock } = engine.world
    const faults: unknown[] = []
    const served = {
      store: owned,
      clock,
      wake: new Wake(),
      stop: () => {},
      report: (fault: unknown) => faults.push(fault),
    }
    const requests = serveRequests(served, () => Promise.resolve())
    const asking = Array.from({ length: 12 }, () => new SystemCircuitBreaker(store, config))
    const others = [askElsewhere(sample, config), askElsewhere(sample, config)]
    const allowed = await Promise.all(asking.map((circuit) => circuit.checkAndAllow()))
    expect([...allowed, ...(await Promise.all(others)).flat()].filter(Boolean)).toHaveLength(2)
    await new SystemCircuitBreaker(store, config).reset()
    await requests.stop()
    expect(faults).toEqual([])
    store[Symbol.dispose]()
  })

  it('hear of a probe from whoever was let through alone', async () => {
    const { store } = await opened()
    const config = { failures: 1, rate: null, waitMs: 1, jitter: 0 }
    const [probe, other] = [new SystemCircuitBreaker(store, config), new SystemCircuitBreaker(store, config)]
    await probe.recordFailure('infrastructure')
    expect([await probe.checkAndAllow(), await other.checkAndAllow()]).toEqual([true, false])
    await other.recordSuccess()
    expect(getCircuitHealth(store)).toMatchObject({ half_open: 1 })
    await probe.recordSuccess()
    expect(getCircuitHealth(store)).toMatchObject({ status: 'HEALTHY' })
    store[Symbol.dispose]()
  })

  it('show workers of others, and open the run for what those fail', async () => {
    const { store } = await opened()
    const system = new SystemCircuitBreaker(store)
    for (const worker of ['mine', 'yours', 'mine']) await system.registerWorker(worker)
    const run = store.reader.currentRun()?.id ?? ''
    expect(store.reader.workers(run).map(({ worker, state }) => [worker, state])).toEqual([
      ['mine', 'idle'],
      ['yours', 'idle'],
    ])
    for (const workerId of ['mine', 'mine', 'mine', 'yours', 'yours']) {
      await system.recordFailure('infrastructure', { workerId })
    }
    expect(await system.checkAndAllow()).toBe(true)
    await system.recordFailure('agent', { workerId: 'yours' })
    expect(await system.checkAndAllow()).toBe(false)
    expect(getCircuitHealth(store)).toMatchObject({ status: 'UNHEALTHY' })
    store[Symbol.dispose]()
  })

  it('are among those that can be explained and reset, though nobody registered their worker', async () => {
    const { store } = await opened()
    const run = store.reader.currentRun()?.id ?? ''
    const named = () => resettable(store.reader).filter(({ level }) => level === 'worker')
    expect(named()).toEqual([])
    await new WorkerCircuitBreaker(store, { workerId: 'mine' }).recordFailure('infrastructure')
    expect(named()).toEqual([{ run, level: 'worker', identifier: 'mine' }])
    await new SystemCircuitBreaker(store).registerWorker('mine')
    expect(named()).toHaveLength(1)
    store[Symbol.dispose]()
  })

  it('refuse what guards nothing, causes that are none, and options that contradict each other', async () => {
    const { store } = await opened()
    const stage = 'gren' as 'green'
    expect(() => new StageCircuitBreaker(store, { taskId: 'B', stage: 'green' })).toThrow(/no task "B"/)
    expect(() => new StageCircuitBreaker(store, { taskId: 'A', stage })).toThrow(/no stage/)
    expect(() => new WorkerCircuitBreaker(store, { workerId: '../x' })).toThrow(/names no worker/)
    expect(() => new SystemCircuitBreaker(store, { waitMs: 4_000_000 })).toThrow(/longest wait/)
    const unknown: object = { maxFailures: 2 }
    expect(() => new SystemCircuitBreaker(store, unknown)).toThrow(/no option maxFailures/)
    const system = new SystemCircuitBreaker(store)
    await expect(system.recordFailure('agnet' as 'agent')).rejects.toThrow(/no cause/)
    await expect(system.recordFailure('agent', { workerId: 'x'.repeat(101) })).rejects.toThrow(/no worker/)
    store[Symbol.dispose]()
  })

  it('refuse in words what callers without types may give, and a store that was closed', async () => {
    const { store } = await opened()
    const wrong = (value: unknown): never => value as never
    const system = new SystemCircuitBreaker(store)
    const calls: readonly (() => unknown)[] = [
      () => openStore(wrong(undefined)),
      () => openStore(wrong({ directory: '.' })),
      () => openEngine(wrong({ directory: '.', flags: {} })),
      () => new SystemCircuitBreaker(wrong(null)),
      () => new StageCircuitBreaker(wrong({}), { taskId: 'A', stage: 'green' }),
      () => new StageCircuitBreaker(store, wrong({ taskId: 'A' })),
      () => new StageCircuitBreaker(store, wrong(undefined)),
      () => new WorkerCircuitBreaker(store, wrong({})),
      () => new WorkerCircuitBreaker(store, wrong({ workerId: 5 })),
      () => new WorkerCircuitBreaker(store, { workerId: 'mine' }, wrong('fast')),
      () => system.recordFailure(wrong(undefined)),
      () => system.recordFailure('agent', wrong(null)),
      () => system.recordFailure('agent', wrong({ workerId: 5 })),
      () => system.registerWorker(wrong(undefined)),
      () => getCircuitHealth(wrong(null)),
      () => getCircuitHealth(wrong({})),
      () => getMetricsCollector(wrong(5)),
    ]
    const refused = { code: 'usage', hint: expect.stringMatching(/\S/) as string }
    for (const call of calls) await expect(called(call), String(call)).rejects.toMatchObject(refused)
    store[Symbol.dispose]()
    const closed = { code: 'store_unavailable', message: expect.stringContaining('was closed') as string }
    for (const call of [() => system.checkAndAllow(), () => getCircuitHealth(store), () => system.reset()])
      await expect(called(call), String(call)).rejects.toMatchObject(closed)
  })
})

/** What is thrown at once is a rejection as well. */
async function called(call: () => unknown): Promise<unknown> {
  return await call()
}

async function opened(): Promise<{ readonly sample: EngineSample; readonly store: StoreClient }> {
  const sample = engineSample(letterFiles)
  {
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A']))
  }
  return { sample, store: await openStore(placeOf(sample)) }
}

function placeOf({ repo }: EngineSample) {
  return { directory: repo.root, env: { ...repo.env, XDG_STATE_HOME: repo.state } }
}

/** Six at once from a process of its own. */
async function askElsewhere(sample: EngineSample, config: CircuitBreakerConfig): Promise<boolean[]> {
  const library = new URL('../../src/index.ts', import.meta.url).href
  const { directory, env } = placeOf(sample)
  const program = `import { openStore, SystemCircuitBreaker } from ${JSON.stringify(library)}
    using store = await openStore({ directory: ${JSON.stringify(directory)}, env: process.env })
    const asking = Array.from({ length: 6 }, () => new SystemCircuitBreaker(store, ${JSON.stringify(config)}))
    console.log(JSON.stringify(await Promise.all(asking.map((circuit) => circuit.checkAndAllow()))))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env })
  return JSON.parse(stdout) as boolean[]
}
