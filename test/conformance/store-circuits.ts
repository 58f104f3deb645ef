import { describe, expect, it } from 'vitest'
import type { AttemptOutcome } from '../../src/domain/attempt.ts'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import type { Claim, Store } from '../../src/store/store.ts'
import { addedPlan, ended, newRun, refusal, startedId, taskDefinition } from '../support/store-data.ts'

const RUN = 'guarded'
const RULES = {
  stage: { ...DEFAULT_CIRCUITS.stage, jitter: 0, waitMs: 1_000, extensions: 0 },
  worker: { ...DEFAULT_CIRCUITS.worker, tasks: 1, jitter: 0, waitMs: 2_000, extensions: 1 },
  system: { ...DEFAULT_CIRCUITS.system, jitter: 0, waitMs: 3_000 },
}
const REFUSED: Ended = { kind: 'refused', refusals: [refusal('tests_failed')], base: 'b', tree: null }
const BROKEN: Ended = { kind: 'lost', cause: 'infrastructure', detail: 'no space', retryAt: null }
const LIMITED: Ended = { kind: 'lost', cause: 'provider_limit', detail: 'full', retryAt: 99 }
const ACCEPTED: Ended = { kind: 'accepted', work: { base: 'b', red: 'r', green: null, evidence: 'sha256:x' } }
type Ended = Exclude<AttemptOutcome, { kind: 'running' }>

/** What a store promises about circuits: they are asked and moved by the transactions that claim, start and end work. */
export function circuitPromises(hands: () => Store): void {
  describe('circuits', () => {
    const begin = async (keys: readonly string[], { workers = 2, asked = true } = {}): Promise<Store> => {
      const store = hands()
      await store.createRun(newRun(RUN), 1)
      await store.addTasks(RUN, addedPlan(...keys.map((key) => taskDefinition(key))), 2)
      const circuits = asked ? { circuits: RULES } : {}
      await store.startRun(RUN, { target: 't', base: 'b', workers, ...circuits }, 3)
      return store
    }
    const claimBy = (worker: string, key: string, at: number): Promise<Claim | null> =>
      hands().claim({ run: RUN, worker, leaseMs: 1e9, candidates: [key] }, at)
    const held = async (worker: string, key: string, at: number): Promise<Claim> => {
      const claim = await claimBy(worker, key, at)
      if (claim === null) throw new Error(`${worker} could not claim ${key} at ${at}`)
      return claim
    }
    const attempt = async (claim: Claim, outcome: Ended, at: number): Promise<void> => {
      const store = hands()
      const started = await store.startAttempt(claim, { stage: 'green', agent: 's', reserved: NO_SPEND }, at)
      await store.finishAttempt(claim, startedId(started), ended(outcome), at)
    }
    const fail = async (worker: string, key: string, times: number, at: number): Promise<void> => {
      const claim = await held(worker, key, at)
      for (let time = 0; time < times; time += 1) await attempt(claim, BROKEN, at)
      await hands().giveBack(claim, { notBefore: at, reason: 'again' }, at)
    }
    const land = async (task: string, at: number): Promise<void> => {
      const store = hands()
      await store.enterLanding(await held('worker_1', task, at), at)
      const landing = { run: RUN, task, target: 't', merge: 'm', red: 'r', green: 'g', evidence: 'sha256:x' }
      const token = (await store.takeLandingLease('t', 'me', 1e9, at)) ?? 0
      await store.recordIntent({ ...landing, token, expected: 'h', evidenceText: '{}' }, 1, at)
      await store.recordReceipt({ ...landing, landedAt: at }, at)
    }
    const states = async (): Promise<Record<string, string>> =>
      Object.fromEntries(
        (await hands().circuits(RUN)).map(({ identifier, circuit }) => [identifier, circuit.state]),
      )

    it('opens that of a stage after failures in a row, and holds the next attempt at it alone', async () => {
      const store = await begin(['A'])
      const claim = await held('worker_1', 'A', 10)
      for (const at of [11, 12, 13]) await attempt(claim, REFUSED, at)
      const green = { stage: 'green', agent: 's', reserved: NO_SPEND } as const
      expect(await store.startAttempt(claim, green, 14)).toEqual({
        kind: 'held',
        level: 'stage',
        retryAt: 1_013,
        probing: false,
      })
      expect(await store.startAttempt(claim, { ...green, stage: 'red' }, 14)).toMatchObject({
        kind: 'started',
      })
      expect(await states()).toEqual({ 'A:green': 'open' })
      const probe = await store.startAttempt(claim, green, 1_013)
      await store.finishAttempt(claim, startedId(probe), ended(REFUSED), 1_014)
      expect(await store.startAttempt(claim, green, 1e12)).toEqual({
        kind: 'held',
        level: 'stage',
        retryAt: null,
        probing: false,
      })
    })

    it('counts nothing that a person or a provider stopped', async () => {
      await begin(['A'])
      const claim = await held('worker_1', 'A', 10)
      for (let at = 11; at < 30; at += 1) await attempt(claim, LIMITED, at)
      expect(await states()).toEqual({})
    })

    it('lets a sick worker claim nothing, then one task as a probe, and tells when it never will again', async () => {
      const store = await begin(['A', 'B'], { workers: 2 })
      await fail('worker_1', 'A', 3, 10)
      expect(await claimBy('worker_1', 'B', 11)).toBeNull()
      expect(await store.circuitHold(RUN, 'worker_1', 11)).toEqual({
        level: 'worker',
        retryAt: 2_010,
        probing: false,
      })
      expect(await claimBy('worker_2', 'B', 12)).not.toBeNull()
      const probe = await held('worker_1', 'A', 2_010)
      await store.resetCircuit({ run: RUN, level: 'stage', identifier: 'A:green' }, 2_010)
      await attempt(probe, BROKEN, 2_011)
      expect(await store.circuitHold(RUN, 'worker_1', 2_012)).toEqual({
        level: 'worker',
        retryAt: 6_011,
        probing: false,
      })
      await store.giveBack(probe, { notBefore: 0, reason: 'again' }, 2_013)
      await attempt(await held('worker_1', 'A', 6_011), BROKEN, 6_012)
      expect(await store.circuitHold(RUN, 'worker_1', 1e12)).toEqual({
        level: 'worker',
        retryAt: null,
        probing: false,
      })
    })

    it('opens that of the system when most work of several workers fails, and closes it after a probe', async () => {
      const store = await begin(['A', 'B', 'C'])
      await fail('worker_1', 'A', 2, 10)
      await fail('worker_2', 'B', 2, 11)
      expect((await states())['system']).toBe('closed')
      await fail('worker_3', 'C', 2, 12)
      expect(await store.circuitHold(RUN, 'worker_4', 13)).toEqual({
        level: 'system',
        retryAt: 3_012,
        probing: false,
      })
      const probe = await held('worker_4', 'A', 3_012)
      expect(await claimBy('worker_2', 'B', 3_013)).toBeNull()
      await attempt(probe, ACCEPTED, 3_014)
      expect((await states())['system']).toBe('closed')
      expect(await claimBy('worker_2', 'B', 3_015)).not.toBeNull()
    })

    it('lets another probe start when a claim ended without an outcome', async () => {
      const store = await begin(['A', 'B', 'C'])
      await fail('worker_1', 'A', 2, 10)
      await fail('worker_2', 'B', 2, 11)
      await fail('worker_3', 'C', 2, 12)
      const probe = await held('worker_4', 'A', 3_012)
      await store.giveBack(probe, { notBefore: 0, reason: 'winding down' }, 3_013)
      expect(await claimBy('worker_2', 'B', 3_014)).not.toBeNull()
      await store.rescue(RUN, 3_015, { all: true })
      expect(await claimBy('worker_2', 'C', 3_016)).not.toBeNull()
    })

    it('lets another probe start when a person cancels the task of one', async () => {
      const store = await begin(['A', 'B'], { workers: 2 })
      await fail('worker_1', 'A', 3, 10)
      await held('worker_1', 'A', 2_010)
      expect(await claimBy('worker_1', 'B', 2_011)).toBeNull()
      await store.cancel(RUN, 'A', 'not wanted', 2_012)
      expect(await claimBy('worker_1', 'B', 2_013)).not.toBeNull()
    })

    it('lets another probe start when a landing is lost that the task of one stood on', async () => {
      const store = await begin(['A', 'C'])
      await store.addTasks(RUN, addedPlan(taskDefinition('B', { dependsOn: ['A'] })), 4)
      await land('A', 5)
      await fail('worker_1', 'C', 3, 10)
      await held('worker_1', 'B', 2_010)
      expect(await claimBy('worker_1', 'C', 2_011)).toBeNull()
      await store.loseLanding(RUN, 'A', 2_012)
      expect(await claimBy('worker_1', 'C', 2_013)).not.toBeNull()
    })

    it('writes nothing while all goes well, and nothing for a run that asks no circuit', async () => {
      const store = await begin(['A'])
      const claim = await held('worker_1', 'A', 10)
      for (let at = 11; at < 20; at += 1) await attempt(claim, ACCEPTED, at)
      expect(await states()).toEqual({})
      expect(
        (await store.events({ after: 0, limit: 1_000 })).filter(({ kind }) => /circuit/.test(kind)),
      ).toEqual([])
    })

    it('asks none where the run has none', async () => {
      await begin(['A'], { asked: false })
      const claim = await held('worker_1', 'A', 10)
      for (let at = 11; at < 20; at += 1) await attempt(claim, BROKEN, at)
      expect(await states()).toEqual({})
    })

    it('moves none for a claim that is lost', async () => {
      const store = await begin(['A'])
      const late = await held('worker_1', 'A', 10)
      const started = startedId(
        await store.startAttempt(late, { stage: 'green', agent: 's', reserved: NO_SPEND }, 11),
      )
      await store.rescue(RUN, 12, { all: true })
      expect(await store.finishAttempt(late, started, ended(BROKEN), 13)).toBe(false)
      expect(await states()).toEqual({})
    })

    it('tries what waits at once when the run is resumed so, and opens again what still fails', async () => {
      const store = await begin(['A'], { workers: 2 })
      await fail('worker_1', 'A', 3, 10)
      const start = { target: 't', base: 'b', workers: 2, circuits: RULES }
      await store.startRun(RUN, start, 19)
      expect(await claimBy('worker_1', 'A', 19)).toBeNull()
      await store.startRun(RUN, { ...start, skipWaits: true }, 20)
      await store.resetCircuit({ run: RUN, level: 'stage', identifier: 'A:green' }, 20)
      await attempt(await held('worker_1', 'A', 21), BROKEN, 22)
      expect(await store.circuitHold(RUN, 'worker_1', 23)).toMatchObject({ level: 'worker', retryAt: 4_022 })
    })

    it('closes those of a task that a person retries', async () => {
      const store = await begin(['A'])
      const claim = await held('worker_1', 'A', 10)
      for (const at of [11, 12, 13]) await attempt(claim, REFUSED, at)
      await store.fail(claim, { refusal: null, reason: 'used up' }, 14)
      await store.retry(RUN, 'A', { from: null, note: null }, 15)
      expect(await states()).toEqual({ 'A:green': 'closed' })
      await attempt(await held('worker_1', 'A', 16), ACCEPTED, 17)
    })

    it('lets a task go on that waited for the circuit of its stage, once a person resets it', async () => {
      const store = await begin(['A', 'B'])
      const claim = await held('worker_1', 'A', 10)
      for (const at of [11, 12, 13]) await attempt(claim, REFUSED, at)
      await store.giveBack(claim, { notBefore: 1_013, reason: 'its GREEN failed too often in a row' }, 14)
      await store.resetCircuit({ run: RUN, level: 'stage', identifier: 'A:red' }, 15)
      expect(await claimBy('worker_1', 'A', 16)).toBeNull()
      await store.resetCircuit({ run: RUN, level: 'stage', identifier: 'A:green' }, 17)
      expect(await claimBy('worker_1', 'A', 18)).not.toBeNull()
    })

    it('leaves a task waiting that waits for something else than the circuit that is reset', async () => {
      const store = await begin(['A'])
      const claim = await held('worker_1', 'A', 10)
      for (const at of [11, 12, 13]) await attempt(claim, REFUSED, at)
      await store.giveBack(claim, { notBefore: 9_000, reason: 'the provider is full' }, 14)
      await store.resetCircuit({ run: RUN, level: 'stage', identifier: 'A:green' }, 15)
      expect(await claimBy('worker_1', 'A', 16)).toBeNull()
    })

    it('tells each change with its numbers, and a reset by a person', async () => {
      const store = await begin(['A'])
      const claim = await held('worker_1', 'A', 10)
      for (const at of [11, 12, 13]) await attempt(claim, REFUSED, at)
      const asked = { run: RUN, level: 'stage', identifier: 'A:green' } as const
      expect(await store.resetCircuit(asked, 14)).toBe('open')
      expect(await store.resetCircuit({ ...asked, identifier: 'B:green' }, 14)).toBeNull()
      const told = (await store.events({ after: 0, limit: 1_000 })).filter(({ kind }) => /circuit/.test(kind))
      expect(told.map(({ kind }) => kind)).toEqual(['circuit_opened', 'circuit_reset', 'circuit_closed'])
      expect(told[0]).toMatchObject({
        task: 'A',
        data: { circuit: 'A:green', cause: 'refused_by_judge', numbers: { failures: 3, waitMs: 1_000 } },
      })
    })

    it('closes by hand while it is probed, once, and takes what comes of the probe for any other outcome', async () => {
      const store = await begin(['A'], { workers: 2 })
      await fail('worker_1', 'A', 3, 10)
      const probe = await held('worker_1', 'A', 2_010)
      const worker = { run: RUN, level: 'worker', identifier: 'worker_1' } as const
      const resets = [store.resetCircuit(worker, 2_011), store.resetCircuit(worker, 2_011)]
      expect(await Promise.all(resets)).toEqual(['half_open', 'closed'])
      await store.resetCircuit({ run: RUN, level: 'stage', identifier: 'A:green' }, 2_011)
      await attempt(probe, BROKEN, 2_012)
      expect(await states()).toMatchObject({ worker_1: 'closed' })
      expect(await store.circuitHold(RUN, 'worker_1', 2_013)).toBeNull()
    })

    it('forgets what is older than asked, and lets nothing else go', async () => {
      const store = await begin(['A'])
      const claim = await held('worker_1', 'A', 10)
      for (const at of [11, 12, 13]) await attempt(claim, REFUSED, at)
      const asked = { run: RUN, level: 'stage', identifier: 'A:green' } as const
      await store.resetCircuit(asked, 5_000)
      expect(await store.prune(13, 100)).toBe(0)
      expect(await store.prune(14, 100)).toBe(1)
      expect(await store.prune(1, 100)).toBe(0)
      expect(await states()).toEqual({ 'A:green': 'closed' })
    })
  })
}
