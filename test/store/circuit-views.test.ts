import { describe, expect, it } from 'vitest'
import { flaps } from '../../src/domain/circuit.ts'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { askCircuit, tellCircuit } from '../../src/store/queries-circuits.ts'
import { findCurrentRun } from '../../src/store/queries-runs.ts'
import { readGuardedCircuits } from '../../src/store/read-queries.ts'
import { addedPlan, newRun, refusal, taskDefinition } from '../support/store-data.ts'
import { attempted, claimed, perform } from '../support/store-steps.ts'

const RUN = 'guarded'
const OPTIONS = { ...DEFAULT_CIRCUITS.stage, failures: 1, waitMs: 1, longestWaitMs: 1 }
const FAILURE = { kind: 'failure', cause: 'agent', source: 'them' } as const

describe('the views of circuits', () => {
  it('show those of the current run alone, and which of them have ended, as every reader sees it', () => {
    const db = guardedRun(['A', 'B:x', 'C'])
    for (const key of ['A', 'B:x', 'C']) {
      const claim = claimed(db, { run: RUN, worker: 'worker_1', key }, 10)
      const outcome = { kind: 'refused', refusals: [refusal('flaky')], base: 'b', tree: null } as const
      for (const at of [11, 12, 13]) attempted(db, { claim, outcome }, at)
      if (key === 'B:x') perform(db, 'fail', claim, { refusal: null, reason: 'used up' }, 14)
      if (key === 'C') perform(db, 'needHuman', claim, 'it cannot be decided', 14)
    }
    open(db, { level: 'worker', identifier: 'worker_1' })
    open(db, { level: 'worker', identifier: 'mine' })
    perform(db, 'noteWorker', { ...STOPPED, run: RUN, worker: 'worker_1' }, 15)
    const ends: [string, string | null][] = [
      ['A:green', null],
      ['B:x:green', 'task_failed'],
      ['C:green', 'task_needs_human'],
      ['mine', null],
      ['worker_1', 'worker_retired'],
    ]
    const rows = readGuardedCircuits(db, RUN)
    expect(rows.map(({ triedBy }) => triedBy)).toEqual(['worker_1', 'worker_1', 'worker_1', null, null])
    expectEnds(db, ends)
    const counts = { closed: 0, half_open: 0 }
    expect(db.all('SELECT * FROM v_circuit_health_summary ORDER BY level')).toEqual([
      { run: RUN, level: 'stage', total: 3, open: 3, ended: 2, ...counts },
      { run: RUN, level: 'worker', total: 2, open: 2, ended: 1, ...counts },
    ])
    perform(db, 'suspendRun', RUN, 'incomplete', null, 15)
    expectEnds(
      db,
      ends.map(([id, end]) => [id, end?.startsWith('task_') === true ? end : 'run_ended']),
    )
    perform(db, 'retry', RUN, 'C', { from: null, note: null }, 15)
    expectEnds(
      db,
      ends.filter(([id]) => id !== 'C:green'),
    )
    perform(db, 'createRun', { ...newRun('later'), tasks: [taskDefinition('A')] }, 16)
    expect(db.all('SELECT run FROM v_current_run')).toEqual([{ run: findCurrentRun(db)?.id }])
    for (const view of ['v_open_circuits', 'v_circuit_health_summary', 'v_flapping_circuits']) {
      expect(db.all(`SELECT * FROM ${view}`), view).toEqual([])
    }
    db.close()
  })

  it('call a circuit flapping for as long as every reader does', () => {
    const now = systemClock.now()
    const db = guardedRun(['A', 'B', 'C'])
    failAndRecover(db, 'A:green', [now - 400_000, now - 200_000])
    failAndRecover(db, 'B:green', [now - 800_000, now - 600_000])
    failAndRecover(db, 'C:green', [now - 200_000])
    const read = readGuardedCircuits(db, RUN).filter(({ circuit }) => flaps(circuit, now))
    expect(read.map(({ identifier }) => identifier)).toEqual(['A:green'])
    expect(db.all('SELECT * FROM v_flapping_circuits')).toEqual([
      { run: RUN, level: 'stage', identifier: 'A:green', changes: 5, last_change_at: now - 199_994 },
    ])
    db.close()
  })
})

const STOPPED = { state: 'stopped', task: null, stage: null, since: 15 } as const

function guardedRun(keys: readonly string[]): Database {
  const db = new Database(':memory:')
  migrate(db, { at: 1 })
  perform(db, 'createRun', newRun(RUN), 1)
  perform(db, 'addTasks', RUN, addedPlan(...keys.map((key) => taskDefinition(key))), 2)
  const start = { target: 't', base: 'b', workers: 2, circuits: DEFAULT_CIRCUITS }
  perform(db, 'startRun', RUN, start, 3)
  return db
}

/** As readers and as the view tell them. */
function expectEnds(db: Database, ends: readonly [string, string | null][]): void {
  const read = readGuardedCircuits(db, RUN).filter(({ circuit }) => circuit.state !== 'closed')
  expect(read.map(({ identifier, ended }) => [identifier, ended])).toEqual(ends)
  const shown = db.all('SELECT identifier, ended FROM v_open_circuits ORDER BY level, identifier')
  expect(shown.map((row) => Object.values(row))).toEqual(ends)
}

function open(db: Database, id: { readonly level: 'worker'; readonly identifier: string }): void {
  const told = { run: RUN, ...id, asker: 'them', options: OPTIONS, says: FAILURE }
  db.transaction(() => tellCircuit(db, told, 14))
}

/** Five changes of state from each of these times on: it opens, a probe fails, the next succeeds. */
function failAndRecover(db: Database, identifier: string, times: readonly number[]): void {
  const told = { run: RUN, level: 'stage', identifier, asker: 'them', options: OPTIONS } as const
  for (const at of times) {
    db.transaction(() => {
      tellCircuit(db, { ...told, says: FAILURE }, at)
      askCircuit(db, told, at + 2)
      tellCircuit(db, { ...told, says: FAILURE }, at + 3)
      askCircuit(db, told, at + 5)
      tellCircuit(db, { ...told, says: { kind: 'success' } }, at + 6)
    })
  }
}
