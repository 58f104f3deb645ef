import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { Database, type Row } from '../../src/store/database.ts'
import { askCircuit, resetCircuits, tellCircuit } from '../../src/store/queries-circuits.ts'
import { forgetCircuits } from '../../src/store/run-circuits.ts'
import type { AttemptEnd } from '../../src/store/store.ts'
import type { CircuitRules, OutsideOutcome } from '../../src/store/circuit-records.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { addedPlan, ended, newRun, refusal, taskDefinition } from '../support/store-data.ts'
import { attempted, begun, claimed, commitsIn, newDatabase, perform } from '../support/store-steps.ts'

const RUN = 'guarded'
const RULES = {
  stage: { ...DEFAULT_CIRCUITS.stage, jitter: 0, waitMs: 1_000 },
  worker: { ...DEFAULT_CIRCUITS.worker, tasks: 1, jitter: 0, waitMs: 2_000 },
  system: { ...DEFAULT_CIRCUITS.system, tasks: 1, jitter: 0, waitMs: 3_000 },
}
const HOUR_MS = 3_600_000
type Outcome = AttemptEnd['outcome']
interface StoreChoice {
  readonly circuits?: CircuitRules
  readonly keys?: readonly string[]
  readonly workers?: number
}
const BROKEN: Outcome = { kind: 'lost', cause: 'infrastructure', detail: 'no space', retryAt: null }
const ACCEPTED: Outcome = {
  kind: 'accepted',
  work: { base: 'b', red: 'r', green: null, evidence: 'sha256:x' },
}
const REFUSED: Outcome = { kind: 'refused', refusals: [refusal('tests_failed')], base: 'b', tree: null }
const GREEN = { run: RUN, level: 'stage', identifier: 'A:green' } as const
const THEIR_GREEN = { ...GREEN, asker: 'them', options: null } as const
const HISTORY_OF_VERSION_1 = {
  trips: 1,
  extensions: 1,
  changes: [5],
  flapping: false,
  cause: 'infrastructure',
}

describe('circuits of a store on disk', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'circuits-'))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  let stores = 0
  const newStore = async ({
    circuits = RULES,
    keys = ['A', 'B'],
    workers = 2,
  }: StoreChoice = {}): Promise<{
    readonly path: string
    readonly db: Database
  }> => {
    const path = join(directory, `${(stores += 1)}.db`)
    const db = await newDatabase(path)
    perform(db, 'createRun', newRun(RUN), 1)
    perform(db, 'addTasks', RUN, addedPlan(...keys.map((key) => taskDefinition(key))), 2)
    perform(db, 'startRun', RUN, { target: 't', base: 'b', workers, circuits }, 3)
    return { path, db }
  }

  it('are reset all at once, with what each was', async () => {
    const { db } = await newStore()
    const failed = { asker: 'x', options: { ...RULES.worker, failures: 1 } }
    const says = { kind: 'failure', cause: 'infrastructure', source: 'x' } as const
    for (const identifier of ['mine', 'yours'])
      tellCircuit(db, { run: RUN, level: 'worker', identifier, ...failed, says }, 5)
    askCircuit(db, { run: RUN, level: 'worker', identifier: 'yours', ...failed }, HOUR_MS)
    expect(resetCircuits(db, RUN, HOUR_MS)).toEqual([
      { level: 'worker', id: 'mine', from: 'open' },
      { level: 'worker', id: 'yours', from: 'half_open' },
    ])
    expect(perform(db, 'circuits', RUN).map(({ circuit }) => circuit.state)).toEqual(['closed', 'closed'])
    db.close()
  })

  it('of a newer version are said to be newer, and damaged ones to be damaged', async () => {
    const { db } = await newStore()
    const asked = { run: RUN, level: 'worker', identifier: 'mine', asker: 'x', options: null } as const
    tellCircuit(db, { ...asked, says: { kind: 'failure', cause: 'infrastructure', source: 'x' } }, 5)
    const write = (details: string): unknown => db.run('UPDATE circuits SET details = ?', details)
    write('{"version":3,"circuit":{}}')
    const newer = {
      code: 'store_newer',
      message: expect.stringContaining('worker:mine has details of version 3'),
    }
    expect(() => perform(db, 'circuits', RUN)).toThrow(expect.objectContaining(newer))
    write('{"version":0}')
    expect(() => perform(db, 'circuits', RUN)).toThrow(expect.objectContaining({ code: 'store_corrupt' }))
    db.close()
  })

  it('of version 1 are read as they were, but that tasks and rates begin anew, and are kept as version 2', async () => {
    const { db } = await newStore()
    const since = { since: 5, history: HISTORY_OF_VERSION_1 }
    const kept = {
      'A:red': {
        ...since,
        state: 'closed',
        failures: 2,
        window: { slices: [{ at: 5, failures: 2, successes: 1, sources: ['w'] }] },
      },
      'A:green': { ...since, state: 'open', probeAt: 9_000 },
      'A:fix': { ...since, state: 'half_open', successes: 1, probes: [{ id: 'claim_1', until: 9_000 }] },
    }
    const says = { kind: 'failure', cause: 'infrastructure', source: 'w' } as const
    for (const [identifier, circuit] of Object.entries(kept)) {
      tellCircuit(db, { ...THEIR_GREEN, identifier, says }, 4)
      const details = JSON.stringify({ version: 1, circuit })
      db.run('UPDATE circuits SET details = ? WHERE identifier = ?', details, identifier)
    }
    forgetCircuits(db)
    const history = { ...HISTORY_OF_VERSION_1, tried: [] }
    const read = perform(db, 'circuits', RUN).map(({ identifier, circuit }) => [identifier, circuit])
    expect(Object.fromEntries(read)).toEqual({
      'A:red': { ...kept['A:red'], history, tasks: [], window: null },
      'A:green': { ...kept['A:green'], history },
      'A:fix': { ...kept['A:fix'], history },
    })
    tellCircuit(db, { ...THEIR_GREEN, identifier: 'A:red', says }, 6)
    const [row] = db.all(`SELECT state, details FROM circuits WHERE identifier = 'A:red'`)
    expect(row).toMatchObject({ state: 'open', details: expect.stringContaining('{"version":2,') })
    db.close()
  })

  it('are probed by nobody any more once their run has ended', async () => {
    const { db } = await newStore()
    const says = { kind: 'failure', cause: 'infrastructure', source: 'w' } as const
    const theirs = { ...THEIR_GREEN, options: { ...RULES.stage, failures: 1 } }
    tellCircuit(db, { ...theirs, says }, 5)
    expect(askCircuit(db, theirs, 1_005).probe).toBe(true)
    perform(db, 'suspendRun', RUN, 'incomplete', null, 1_006)
    const [row] = perform(db, 'circuits', RUN)
    expect(row?.circuit).toMatchObject({ state: 'half_open', probes: [] })
    db.close()
  })

  it('end the same after a crash at every point of their life', async () => {
    const { path, db } = await newStore()
    const life = lifeOfCircuits()
    const crashed: string[] = []
    for (const [point, step] of life.entries()) {
      const copy = join(directory, `crashed-${point}.db`)
      for (const end of ['', '-wal']) if (existsSync(path + end)) copyFileSync(path + end, copy + end)
      crashed.push(copy)
      step(db)
    }
    const wanted = picture(db)
    db.close()
    expect(wanted.circuits.map(({ identifier, state }) => [identifier, state])).toEqual([
      ['A:green', 'closed'],
      ['system', 'closed'],
      ['worker_1', 'closed'],
      ['worker_2', 'closed'],
    ])
    expect(wanted.events.length).toBeGreaterThan(10)
    for (const [point, copy] of crashed.entries()) {
      const again = new Database(copy)
      for (const step of life.slice(point)) step(again)
      expect(picture(again), `crashed before step ${point}`).toEqual(wanted)
      again.close()
    }
  })

  it('are not remembered as what was undone', async () => {
    const { db } = await newStore()
    const claim = claimed(db, { run: RUN, worker: 'worker_1', key: 'A' }, 10)
    expect(() =>
      db.transaction(() => {
        for (const at of [11, 12, 13]) attempted(db, { claim, outcome: BROKEN }, at)
        throw new Error('the disk is full')
      }),
    ).toThrow('the disk is full')
    expect(perform(db, 'circuitHold', RUN, 'worker_1', 14)).toBeNull()
    for (const at of [15, 16, 17]) attempted(db, { claim, outcome: BROKEN }, at)
    expect(perform(db, 'circuitHold', RUN, 'worker_1', 18)).toMatchObject({ level: 'worker' })
    db.close()
  })

  it('open without a commit of their own', async () => {
    const { path, db } = await newStore()
    const claim = claimed(db, { run: RUN, worker: 'worker_1', key: 'A' }, 10)
    const commits = [11, 12, 13].map((at) => {
      const attempt = begun(db, claim, at)
      const before = commitsIn(`${path}-wal`)
      perform(db, 'finishAttempt', claim, attempt, ended(BROKEN), at)
      return commitsIn(`${path}-wal`) - before
    })
    expect(picture(db).circuits.find(({ identifier }) => identifier === 'A:green')).toMatchObject({
      state: 'open',
    })
    expect(commits).toEqual([1, 1, 1])
    db.close()
  })

  it.each([1, 2, 3])('of %d workers use up no task and no worker in an outage', async (workers) => {
    const { db } = await newStore({ circuits: DEFAULT_CIRCUITS, keys: ['A', 'B', 'C'], workers })
    let calls = 0
    for (let at = 10; at < 6 * HOUR_MS; at += HOUR_MS / 60) {
      for (let worker = 1; worker <= workers; worker += 1) calls += workInOutage(db, `worker_${worker}`, at)
    }
    const circuits = perform(db, 'circuits', RUN)
    const ofRun = circuits.find(({ level }) => level === 'system')?.circuit
    expect(ofRun?.history.extensions).toBeGreaterThan(5)
    expect(calls).toBeLessThan(20)
    const usedUp = circuits.filter(({ circuit }) => circuit.state === 'open' && circuit.probeAt === null)
    expect(usedUp).toEqual([])
    expect(perform(db, 'tasks', RUN).map(({ state }) => state.state)).not.toContain('needs_human')
    db.close()
  })

  it('let a probe of the run be a task that has nothing against it', async () => {
    const { db } = await newStore({ keys: ['A', 'B', 'C'] })
    for (const [worker, key] of [
      ['worker_1', 'A'],
      ['worker_2', 'B'],
    ] as const) {
      const claim = claimed(db, { run: RUN, worker, key }, 10)
      for (const at of [11, 12, 13]) attempted(db, { claim, outcome: BROKEN }, at)
      perform(db, 'giveBack', claim, { notBefore: 13, reason: 'again' }, 13)
    }
    const asked = { run: RUN, worker: 'worker_1', leaseMs: 1e9, candidates: ['A', 'B', 'C'] }
    expect(perform(db, 'claim', asked, 3_013)?.task.definition.key).toBe('C')
    db.close()
  })

  it('are held by a probe from outside that says nothing no longer than five minutes', async () => {
    const { db } = await newStore()
    const claim = claimed(db, { run: RUN, worker: 'worker_1', key: 'A' }, 10)
    for (const at of [11, 12, 13]) attempted(db, { claim, outcome: BROKEN }, at)
    const outside = {
      run: RUN,
      level: 'worker',
      identifier: 'worker_1',
      asker: 'them',
      options: null,
    } as const
    expect(db.transaction(() => askCircuit(db, outside, 2_013))).toEqual({ allowed: true, probe: true })
    expect(db.transaction(() => askCircuit(db, outside, 2_013)).allowed).toBe(false)
    expect(perform(db, 'circuitHold', RUN, 'worker_1', 2_014)).toMatchObject({ probing: true })
    expect(perform(db, 'circuitHold', RUN, 'worker_1', 302_013)).toBeNull()
    db.close()
  })

  it('that flap and are closed lose their extensions when a person retries the task', async () => {
    const { db } = await newStore()
    const options = { ...RULES.stage, failures: 1, waitMs: 1, longestWaitMs: 1 }
    const green = { run: RUN, level: 'stage', identifier: 'A:green', asker: 'them', options } as const
    const failure = { kind: 'failure', cause: 'agent', source: 'them' } as const
    for (const at of [10, 20]) {
      db.transaction(() => {
        tellCircuit(db, { ...green, says: failure }, at)
        askCircuit(db, green, at + 2)
        tellCircuit(db, { ...green, says: failure }, at + 3)
        askCircuit(db, green, at + 5)
        tellCircuit(db, { ...green, says: { kind: 'success' } }, at + 6)
      })
    }
    const history = () => perform(db, 'circuits', RUN)[0]?.circuit.history
    expect(history()).toMatchObject({ flapping: true, extensions: 1 })
    perform(db, 'cancel', RUN, 'A', 'not wanted', 30)
    perform(db, 'retry', RUN, 'A', { from: null, note: null }, 31)
    expect(history()).toMatchObject({ extensions: 0 })
    db.close()
  })

  it.each([
    ['a person resets it', (db: Database) => void perform(db, 'resetCircuit', GREEN, 1_018)],
    ['that probe succeeds', (db: Database) => tell(db, { kind: 'success' }, 1_018)],
    ['that probe ends without saying anything', (db: Database) => tell(db, { kind: 'unknown' }, 1_018)],
  ])('let a task go on that waited for a probe of its stage from outside, once %s', async (_, end) => {
    const { db } = await newStore()
    const claim = claimed(db, { run: RUN, worker: 'worker_1', key: 'A' }, 10)
    for (const at of [11, 12, 13]) attempted(db, { claim, outcome: REFUSED }, at)
    expect(db.transaction(() => askCircuit(db, THEIR_GREEN, 1_014)).probe).toBe(true)
    const green = { stage: 'green', agent: 's', reserved: NO_SPEND } as const
    const held = { kind: 'held', level: 'stage', retryAt: 301_014, probing: true }
    expect(perform(db, 'startAttempt', claim, green, 1_015)).toEqual(held)
    perform(db, 'giveBack', claim, { notBefore: held.retryAt, reason: 'held' }, 1_016)
    const asked = { run: RUN, worker: 'worker_1', leaseMs: 1e9, candidates: ['A'] }
    expect(perform(db, 'claim', asked, 1_017)).toBeNull()
    end(db)
    // The owner's schedule reads no task anew that the log does not name.
    expect(perform(db, 'events', { after: 0, limit: 100 }).at(-1)).toMatchObject({ at: 1_018, task: 'A' })
    attempted(db, { claim: claimed(db, { ...asked, key: 'A' }, 1_019), outcome: ACCEPTED }, 1_020)
    db.close()
  })

  it('show how long they took to recover', async () => {
    const { db } = await newStore()
    for (const step of lifeOfCircuits()) step(db)
    const says = { kind: 'failure', cause: 'agent', source: 'them' } as const
    const options = { ...RULES.system, rate: null, failures: 1, tasks: 1 }
    const told = { run: RUN, level: 'system', identifier: 'system', asker: 'them', options, says } as const
    expect(db.transaction(() => tellCircuit(db, told, 9_100))).toBe('open')
    const worker = (identifier: string) => ({ run: RUN, level: 'worker', identifier }) as const
    const opens = (identifier: string, at: number) =>
      expect(db.transaction(() => tellCircuit(db, { ...told, ...worker(identifier) }, at))).toBe('open')
    for (const identifier of ['early', 'tied', 'theirs']) opens(identifier, 9_150)
    // Within one millisecond the order of the log tells what came first.
    perform(db, 'resetCircuit', worker('early'), 9_200)
    perform(db, 'suspendRun', RUN, 'incomplete', null, 9_200)
    perform(db, 'resetCircuit', worker('tied'), 9_200)
    expect(perform(db, 'circuits', RUN, 'not_closed').map(({ identifier }) => identifier)).toEqual(['theirs'])
    // A reset after the end tells nothing of how long it took, whenever it opened.
    opens('after', 9_300)
    for (const identifier of ['theirs', 'after']) perform(db, 'resetCircuit', worker(identifier), 99_000_000)
    const rows = db.all('SELECT * FROM v_time_to_recovery ORDER BY closed_at, identifier')
    expect(rows.map(({ identifier, recovery_ms: ms, cause }) => [identifier, ms, cause])).toEqual([
      ['A:green', 1, 'infrastructure'],
      ['A:green', 6_988, 'infrastructure'],
      ['system', 6_988, 'infrastructure'],
      ['worker_1', 8_989, 'infrastructure'],
      ['early', 50, 'agent'],
    ])
    const status = db.all('SELECT identifier, state, trips, state_changes FROM v_circuit_breaker_status')
    expect(status).toContainEqual({ identifier: 'worker_1', state: 'closed', trips: 1, state_changes: 5 })
    db.close()
  })
})

/** Fails until stage, worker and run are held, then lets each recover, the worker after a longer wait. */
function lifeOfCircuits(): ((db: Database) => void)[] {
  const ends = (worker: string, outcome: Outcome, at: number) => (db: Database) => {
    const claim = claimed(db, { run: RUN, worker, key: 'A' }, at)
    attempted(db, { claim, outcome }, at)
    perform(db, 'giveBack', claim, { notBefore: at, reason: 'again' }, at)
  }
  return [
    ends('worker_1', BROKEN, 10),
    ends('worker_1', BROKEN, 11),
    ends('worker_1', BROKEN, 12),
    (db) => void perform(db, 'resetCircuit', { run: RUN, level: 'stage', identifier: 'A:green' }, 13),
    ends('worker_2', BROKEN, 14),
    ends('worker_2', BROKEN, 15),
    (db) => void perform(db, 'rescue', RUN, 16, { all: true }),
    ends('worker_1', BROKEN, 2_012),
    ends('worker_2', ACCEPTED, 9_000),
    ends('worker_1', ACCEPTED, 9_001),
    ends('worker_1', ACCEPTED, 9_002),
  ]
}

function picture(db: Database): { readonly circuits: Row[]; readonly events: Row[] } {
  return {
    circuits: db.all('SELECT level, identifier, state, details, trips FROM circuits ORDER BY identifier'),
    events: db.all(
      'SELECT at, level, identifier, kind, from_state, to_state, data FROM circuit_events ORDER BY id',
    ),
  }
}

function tell(db: Database, says: OutsideOutcome, at: number): void {
  db.transaction(() => tellCircuit(db, { ...THEIR_GREEN, says }, at))
}

/** What a worker of the engine does while every agent breaks down; answers how often one was called. */
function workInOutage(db: Database, worker: string, at: number): number {
  const claim = perform(db, 'claim', { run: RUN, worker, leaseMs: 1e9, candidates: ['A', 'B', 'C'] }, at)
  if (claim === null) return 0
  for (let calls = 0; ; calls += 1) {
    const started = perform(db, 'startAttempt', claim, { stage: 'red', agent: 's', reserved: NO_SPEND }, at)
    if (started.kind === 'started') {
      perform(db, 'finishAttempt', claim, started.attempt, ended(BROKEN), at)
      continue
    }
    if (started.kind === 'held' && started.level === 'stage' && started.retryAt === null) {
      perform(db, 'needHuman', claim, 'its RED failed too often', at)
    } else {
      const notBefore = started.kind === 'held' && started.level === 'stage' ? (started.retryAt ?? at) : at
      perform(db, 'giveBack', claim, { notBefore, reason: 'held' }, at)
    }
    return calls
  }
}
