import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AttemptOutcome } from '../../src/domain/attempt.ts'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { DEFAULT_LIMITS } from '../../src/domain/limits.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import type { Stage } from '../../src/domain/stage.ts'
import { onlyToRecord } from '../../src/engine/only-to-record.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import type { Database } from '../../src/store/database.ts'
import { tellCircuit } from '../../src/store/queries-circuits.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { addedPlan, ended, newRun, refusal, startedId, taskDefinition } from '../support/store-data.ts'
import { claimed, newDatabase, perform } from '../support/store-steps.ts'

const RUN = 'held'
const SYSTEM = { run: RUN, level: 'system', identifier: 'system' } as const
const ACCEPTED: Ended = { kind: 'accepted', work: { base: 'b', red: 'r', green: 'g', evidence: 'sha256:x' } }
const REFUSED: Ended = { kind: 'refused', refusals: [refusal('tests_failed')], base: 'b', tree: null }
const HELPLESS: Ended = { kind: 'lost', cause: 'exhausted', detail: 'no session', retryAt: null }
type Ended = Exclude<AttemptOutcome, { kind: 'running' }>

/** What is only to be written down of each, where a repair of RED is not tried. */
const HISTORIES: Readonly<Record<string, readonly (readonly [Stage, Ended])[]>> = {
  landing: [
    ['red', ACCEPTED],
    ['green', ACCEPTED],
    ['verify', ACCEPTED],
  ],
  failed: [['red', REFUSED]],
  helpless: [['red', HELPLESS]],
}

it('while the run is held, what wants to land, has failed or waits for a person is found, and nothing that an agent works', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'only-to-record-'))
  const path = join(directory, 'store.db')
  const db = await newDatabase(path)
  givenBack(db)
  for (let at = 20; at < 23; at += 1) {
    const says = { kind: 'failure', cause: 'infrastructure', source: 'them' } as const
    db.transaction(() => tellCircuit(db, { ...SYSTEM, asker: 'them', options: null, says }, at))
  }
  db.close()
  const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  const limits = { ...DEFAULT_LIMITS, redFix: 0, refactor: false }
  const context = { store, run: RUN, limits, clock: systemClock }
  for (const key of Object.keys(HISTORIES)) {
    expect(await onlyToRecord(context)).toBe(key)
    if (key !== 'helpless') await store.cancel(RUN, key, 'it is written down', 29)
  }
  await store.resetCircuit(SYSTEM, 30)
  expect(await onlyToRecord(context)).toBeNull()
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

function givenBack(db: Database): void {
  const keys = ['waiting', ...Object.keys(HISTORIES)]
  perform(db, 'createRun', newRun(RUN), 1)
  perform(db, 'addTasks', RUN, addedPlan(...keys.map((key) => taskDefinition(key))), 2)
  perform(db, 'startRun', RUN, { target: 't', base: 'b', workers: 1, circuits: DEFAULT_CIRCUITS }, 3)
  for (const key of keys) {
    const claim = claimed(db, { run: RUN, worker: 'worker_1', key }, 10)
    for (const [stage, outcome] of HISTORIES[key] ?? []) {
      const started = perform(db, 'startAttempt', claim, { stage, agent: 's', reserved: NO_SPEND }, 11)
      perform(db, 'finishAttempt', claim, startedId(started), ended(outcome), 12)
    }
    perform(db, 'giveBack', claim, { notBefore: 13, reason: 'the run is winding down' }, 13)
  }
}
