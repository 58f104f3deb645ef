import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttemptOutcome } from '../../src/domain/attempt.ts'
import type { CircuitLevel } from '../../src/domain/circuit.ts'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { DEFAULT_LIMITS } from '../../src/domain/limits.ts'
import type { Database } from '../../src/store/database.ts'
import type { Args } from '../../src/store/operation.ts'
import type { Claim } from '../../src/store/store.ts'
import { tellCircuit } from '../../src/store/queries-circuits.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { addedPlan, ended, newRun, startedId, taskDefinition } from '../support/store-data.ts'
import { newDatabase, perform } from '../support/store-steps.ts'

const CRASH: Ended = { kind: 'gave_up', cause: 'crash', detail: 'exit code 1' }
const ACCEPTED: Ended = { kind: 'accepted', work: { base: 'b', red: 'r', green: null, evidence: 'sha256:x' } }
const VERIFIED: Ended = {
  kind: 'accepted',
  work: { base: 'b', red: 'r', green: 'g', evidence: 'sha256:x' },
}
type Ended = Exclude<AttemptOutcome, { kind: 'running' }>

/** All with the default limits and the default circuits. */
describe('circuits of a run, where tasks crash as often as they may', () => {
  let directory: string
  let db: Database
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'few-tasks-'))
    db = await newDatabase(join(directory, 'store.db'))
  })
  afterAll(() => {
    db.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it.each([
    [1, 'ABCD', 'A'],
    [1, 'ABCD', 'AB'],
    [3, 'ABCDEFGHIJ', 'AB'],
    [8, 'ABCDEFGHIJ', 'AB'],
    [8, 'ABCDEFGHIJ', 'ABC'],
    [20, 'ABCDEFGHIJKLMNOPQRST', 'ABCDEFGHI'],
  ])('of %d workers let the others of %s go on when %s crash', (workers, tasks, crashing) => {
    const { states, failed } = play({ workers, tasks, crashing })
    expect(failed).toEqual(crashing.split(''))
    expect(Object.entries(states).filter(([name, state]) => state !== 'closed' && !isStage(name))).toEqual([])
  })

  it.each([
    [1, 2],
    [2, 2],
    [3, 0],
    [8, 0],
    [20, 0],
  ])(
    'of %d workers open that of the run in an outage, quick or slow, after %d tasks are lost',
    (workers, lost) => {
      const tasks = 'ABCDEFGHIJKLMNOPQRSTUVWX'
      const crashes = play({ workers, tasks, crashing: tasks })
      expect({ system: crashes.states['system'], lost: crashes.failed.length }).toEqual({
        system: 'open',
        lost,
      })
      // An agent that hangs is silent for as long as it may be, and takes another minute to begin.
      const hangs = play({ workers, tasks, crashing: tasks, everyMs: DEFAULT_LIMITS.stallMs + 60_000 })
      expect({ system: hangs.states['system'], lost: hangs.failed.length }).toEqual({ system: 'open', lost })
    },
  )

  it('are opened for the run by two tasks where no other can be worked, and by one alone never', () => {
    expect(play({ workers: 2, tasks: 'AB', crashing: 'AB' }).states['system']).toBe('open')
    const alone = play({ workers: 1, tasks: 'A', crashing: 'A' })
    expect(alone.states).toEqual({ 'A:red': 'open', system: 'closed', worker_1: 'closed' })
  })

  it.each([
    ['enterLanding', 'closed'],
    ['giveBack', 'closed'],
    ['fail', 'open'],
  ] as const)('take a third task for one that can still fail unless it is settled: %s', (what, state) => {
    const run = started({ workers: 1, tasks: 'ABC' })
    const third = claimed(run, { worker: 'worker_1', key: 'C' }, 10)
    if (what === 'enterLanding') perform(db, what, third, 11)
    else if (what === 'giveBack') perform(db, what, third, { notBefore: 7_200_000, reason: 'full' }, 11)
    else perform(db, what, third, { refusal: null, reason: 'used up' }, 11)
    for (const [key, crashes] of [
      ['A', [13, 14]],
      ['B', [15]],
    ] as const) {
      const claim = claimed(run, { worker: 'worker_1', key }, 12)
      for (const at of crashes) finish(claim, begun(claim, at), CRASH, at)
    }
    expect(statesOf(run)['system']).toBe(state)
  })

  it('have the run tried at once when an agent succeeds that was called before that of the run opened', () => {
    const run = started({ workers: 4, tasks: 'ABCD' })
    const claims = ['A', 'B', 'C', 'D'].map((key, index) =>
      claimed(run, { worker: `worker_${index + 1}`, key }, 10),
    )
    const [healthy, ...others] = claims as [Claim, ...Claim[]]
    const attempt = begun(healthy, 11)
    for (const at of [12, 13]) for (const claim of others) finish(claim, begun(claim, at), CRASH, at)
    expect(perform(db, 'circuitHold', run, 'worker_1', 14)).toMatchObject({ level: 'system' })
    finish(healthy, attempt, ACCEPTED, 15)
    expect(perform(db, 'circuitHold', run, 'worker_1', 15)).toBeNull()
    finish(healthy, begun(healthy, 15), ACCEPTED, 16)
    expect(statesOf(run)['system']).toBe('closed')
  })

  it('are asked whether a stage is used up before whether the run is held, and not for what is written down', () => {
    const run = started({ workers: 1, tasks: 'AB' })
    const claim = claimed(run, { worker: 'worker_1', key: 'A' }, 10)
    for (const at of [11, 12, 13]) finish(claim, begun(claim, at), CRASH, at)
    for (let at = 14; at < 20; at += 1) tell(run, { level: 'system', identifier: 'system', at })
    expect(perform(db, 'startAttempt', claim, RED, 21)).toMatchObject({ kind: 'held', level: 'stage' })
    perform(db, 'giveBack', claim, { notBefore: 22, reason: 'held' }, 22)
    const asked = { run, worker: 'worker_1', leaseMs: 1e9, candidates: ['A'] }
    expect(perform(db, 'claim', asked, 7_200_000 - 1)).not.toBeNull()
    perform(db, 'rescue', run, 7_200_000, { all: true })
    expect(statesOf(run)['system']).toBe('half_open')
    expect(perform(db, 'claim', { ...asked, asksCircuits: false }, 7_200_001)).not.toBeNull()
    const half = perform(db, 'circuits', run, 'not_closed').find(({ level }) => level === 'system')?.circuit
    expect(half).toMatchObject({ state: 'half_open', probes: [] })
  })

  it('are not closed by a verification, which calls no agent: the next agent of the probe tells', () => {
    const run = outage()
    const probe = claimed(run, { worker: 'worker_1', key: 'A' }, 7_200_000)
    finish(probe, begun(probe, 7_200_001, VERIFY), VERIFIED, 7_200_002)
    expect(statesOf(run)).toEqual({ system: 'half_open', worker_1: 'half_open', 'A:verify': 'closed' })
    expect(perform(db, 'circuitHold', run, 'worker_2', 7_200_003)).toMatchObject({ probing: true })
    finish(probe, begun(probe, 7_200_003), ACCEPTED, 7_200_004)
    expect(statesOf(run)).toEqual({ system: 'closed', worker_1: 'closed', 'A:verify': 'closed' })
  })

  it('are probed by another when a claim that only verified goes to its landing', () => {
    const run = outage()
    const probe = claimed(run, { worker: 'worker_1', key: 'A' }, 7_200_000)
    finish(probe, begun(probe, 7_200_001, VERIFY), VERIFIED, 7_200_002)
    perform(db, 'enterLanding', probe, 7_200_003)
    expect(statesOf(run)['system']).toBe('half_open')
    const other = claimed(run, { worker: 'worker_2', key: 'B' }, 7_200_004)
    finish(other, begun(other, 7_200_004), ACCEPTED, 7_200_005)
    expect(statesOf(run)['system']).toBe('closed')
  })

  it('are tried no sooner for a verification that was under way when they opened', () => {
    const run = started({ workers: 1, tasks: 'AB' })
    const claim = claimed(run, { worker: 'worker_1', key: 'A' }, 10)
    const attempt = begun(claim, 11, VERIFY)
    for (let at = 14; at < 20; at += 1) tell(run, { level: 'system', identifier: 'system', at })
    const held = perform(db, 'circuitHold', run, 'worker_1', 20)
    finish(claim, attempt, VERIFIED, 21)
    expect(perform(db, 'circuitHold', run, 'worker_1', 22)).toEqual(held)
  })

  it('hold nothing back any more once the run has ended, and say so', () => {
    const run = started({ workers: 1, tasks: 'AB' })
    const claim = claimed(run, { worker: 'worker_1', key: 'A' }, 10)
    for (let at = 14; at < 20; at += 1) tell(run, { level: 'system', identifier: 'system', at })
    perform(db, 'suspendRun', run, 'paused', null, 21)
    expect(statesOf(run)['system']).toBe('open')
    perform(db, 'cancel', run, claim.task.definition.key, 'not wanted', 22)
    perform(db, 'suspendRun', run, 'incomplete', null, 23)
    expect(statesOf(run)['system']).toBe('closed')
    const told = perform(db, 'events', { after: 0, limit: 1_000, run }).slice(-2)
    expect(told.map(({ kind, data }) => [kind, data['reason']])).toEqual([
      ['circuit_closed', 'run_ended'],
      ['run_ended', null],
    ])
  })

  it('have each task probe the run in its turn, and charge its stage only where it alone does so', () => {
    const run = started({ workers: 1, tasks: 'AB' })
    for (const key of ['A', 'B']) {
      const claim = claimed(run, { worker: 'worker_1', key }, 10)
      for (const at of [11, 12, 13]) {
        const answer = perform(db, 'startAttempt', claim, RED, at)
        if (answer.kind === 'started') finish(claim, answer.attempt, CRASH, at)
      }
      perform(db, 'giveBack', claim, { notBefore: 13, reason: 'again' }, 13)
    }
    // The stage of B has failed once: with the default numbers the run opened before it did more.
    let at = 13
    const probe = (candidates: string): string => {
      at += 7_200_000
      const asked = { run, worker: 'worker_1', leaseMs: 1e9, candidates: candidates.split('') }
      const claim = perform(db, 'claim', asked, at)
      if (claim === null) throw new Error(`nothing was claimed at ${at}`)
      finish(claim, begun(claim, at), CRASH, at)
      perform(db, 'giveBack', claim, { notBefore: at, reason: 'again' }, at)
      return claim.task.definition.key
    }
    expect([probe('AB'), probe('AB'), probe('AB')]).toEqual(['B', 'A', 'B'])
    expect(extensionsOf(run, 'A:red')).toBe(0)
    expect([probe('A'), probe('A'), probe('A'), probe('A')]).toEqual(['A', 'A', 'A', 'A'])
    expect(extensionsOf(run, 'A:red')).toBe(2)
    expect(statesOf(run)).toMatchObject({ 'A:red': 'open', system: 'open' })
  })

  let runs = 0
  function started({ workers, tasks }: { readonly workers: number; readonly tasks: string }): string {
    const run = `run-${(runs += 1)}`
    perform(db, 'createRun', newRun(run), 1)
    perform(db, 'addTasks', run, addedPlan(...tasks.split('').map((key) => taskDefinition(key))), 2)
    perform(db, 'startRun', run, { target: 't', base: 'b', workers, circuits: DEFAULT_CIRCUITS }, 3)
    return run
  }

  /** The circuits of its run, of its worker and of a verification are open. */
  function outage(): string {
    const run = started({ workers: 1, tasks: 'AB' })
    for (let at = 14; at < 20; at += 1) {
      tell(run, { level: 'system', identifier: 'system', at })
      tell(run, { level: 'worker', identifier: 'worker_1', at })
      tell(run, { level: 'stage', identifier: 'A:verify', at })
    }
    return run
  }

  /** Each worker ends one attempt in each turn where it crashes, until the run is held; honest agents take longer than all of it. */
  function play(game: Game) {
    const run = started(game)
    const held = new Map<string, { readonly claim: Claim; crashes: number }>()
    const failed: string[] = []
    for (let turn = 1; turn <= 50 && statesOf(run)['system'] !== 'open'; turn += 1) {
      const at = 10 + turn * (game.everyMs ?? 1)
      for (let nth = 1; nth <= game.workers; nth += 1) {
        const worker = `worker_${nth}`
        const asked = { run, worker, leaseMs: 1e9, candidates: game.tasks.split('') }
        const claim = held.get(worker)?.claim ?? perform(db, 'claim', asked, at)
        if (claim === null) continue
        const place = held.get(worker) ?? { claim, crashes: 0 }
        held.set(worker, place)
        const { key } = claim.task.definition
        if (!game.crashing.includes(key)) continue
        const answer = perform(db, 'startAttempt', claim, RED, at)
        if (answer.kind === 'started') {
          finish(claim, answer.attempt, CRASH, at)
          place.crashes += 1
          if (place.crashes <= DEFAULT_LIMITS.redFix) continue
          perform(db, 'fail', claim, { refusal: null, reason: 'used up' }, at)
          failed.push(key)
        } else perform(db, 'giveBack', claim, { notBefore: at, reason: 'held' }, at)
        held.delete(worker)
      }
    }
    return { states: statesOf(run), failed: failed.sort() }
  }

  function claimed(run: string, { worker, key }: { worker: string; key: string }, at: number): Claim {
    const claim = perform(db, 'claim', { run, worker, leaseMs: 1e9, candidates: [key] }, at)
    if (claim === null) throw new Error(`${worker} could not claim ${key}`)
    return claim
  }

  function tell(run: string, { at, ...id }: { level: CircuitLevel; identifier: string; at: number }): void {
    const says = { kind: 'failure', cause: 'infrastructure', source: 'elsewhere' } as const
    db.transaction(() => tellCircuit(db, { run, ...id, asker: 'them', options: null, says }, at))
  }

  function begun(claim: Claim, at: number, attempt: Args<'startAttempt'>[1] = RED): number {
    return startedId(perform(db, 'startAttempt', claim, attempt, at))
  }

  function finish(claim: Claim, attempt: number, outcome: Ended, at: number): void {
    perform(db, 'finishAttempt', claim, attempt, ended(outcome), at)
  }

  function statesOf(run: string): Record<string, string> {
    const rows = perform(db, 'circuits', run)
    return Object.fromEntries(rows.map(({ identifier, circuit }) => [identifier, circuit.state]))
  }

  function extensionsOf(run: string, identifier: string): number | undefined {
    const rows = perform(db, 'circuits', run)
    return rows.find((row) => row.identifier === identifier)?.circuit.history.extensions
  }
})

const RED = { stage: 'red', agent: 's', reserved: NO_SPEND } as const
const VERIFY = { stage: 'verify', agent: null, reserved: NO_SPEND } as const

interface Game {
  readonly workers: number
  readonly tasks: string
  readonly crashing: string
  readonly everyMs?: number
}

function isStage(name: string): boolean {
  return name.includes(':')
}
