import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import type { Database } from '../../src/store/database.ts'
import { REQUEST_SQL } from '../../src/store/queries-requests.ts'
import type { StoreRequestBody } from '../../src/store/store.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'
import { newDatabase, perform } from '../support/store-steps.ts'

const RUN = 'asked'

describe('what other processes ask for', () => {
  let directory: string
  let db: Database
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'requests-'))
    db = await newDatabase(join(directory, 'store.db'))
    perform(db, 'createRun', newRun(RUN), 1)
    perform(db, 'addTasks', RUN, addedPlan(taskDefinition('A')), 2)
  })
  afterAll(() => {
    db.close()
    rmSync(directory, { recursive: true, force: true })
  })

  /** Answers what it gave, and what the log tells of it. */
  const asked = (body: StoreRequestBody, at: number) => {
    const after = perform(db, 'events', { after: 0, limit: 1_000 }).length
    const id = db.insert(REQUEST_SQL.handIn, at, at + 10, JSON.stringify(body), at)
    const answer = perform(db, 'fulfilRequest', id, at)
    const told = perform(db, 'events', { after: 0, limit: 1_000 }).slice(after)
    return { answer, told: told.map(({ kind, data }) => [kind, data['ok']]) }
  }

  it('is told in the log as refused where a task is in no state for it', () => {
    const cancel = { kind: 'cancel', run: RUN, task: 'A', reason: 'not wanted' } as const
    const retry = { kind: 'retry', run: RUN, task: 'A', from: null, note: null } as const
    const reset = { kind: 'reset_circuit', run: RUN, level: 'stage', identifier: 'A:green' } as const
    const refused = { answer: { ok: true, value: false }, told: [['request_answered', false]] }
    expect(asked(retry, 10)).toEqual(refused)
    expect(asked(cancel, 20).told.at(-1)).toEqual(['request_answered', true])
    expect(asked(cancel, 30)).toEqual(refused)
    // That it never counted a failure and is closed already is no refusal.
    expect(asked(reset, 40)).toEqual({
      answer: { ok: true, value: null },
      told: [['request_answered', true]],
    })
    expect(asked({ ...retry, task: 'B' }, 50)).toMatchObject({
      answer: { ok: false, code: 'task_unknown' },
      told: [['request_answered', false]],
    })
  })

  it('is told in the log by what happened to circuits alone, where programs ask and tell these', () => {
    const options = { ...DEFAULT_CIRCUITS.worker, failures: 3, tasks: 1, jitter: 0 }
    const mine = { run: RUN, level: 'worker', identifier: 'mine', asker: 'them', options } as const
    const failure = { kind: 'failure', cause: 'infrastructure', source: 'mine' } as const
    const kinds = Array.from(
      { length: 3 },
      (_, nth) => asked({ kind: 'tell_circuit', ...mine, says: failure }, 100 + nth).told,
    )
    expect(kinds.map((told) => told.map(([kind]) => kind))).toEqual([[], [], ['circuit_opened']])
    expect(asked({ kind: 'ask_circuit', ...mine }, 110)).toEqual({
      answer: { ok: true, value: { allowed: false, probe: false } },
      told: [],
    })
  })
})
