import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { pauseFor } from '../../src/engine/circuit-pause.ts'
import { Schedule } from '../../src/engine/schedule.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'

it('a run that nobody watches pauses for a long wait only once no task of it is worked any more', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pause-'))
  const owner = processIdentity()
  const store = await openSqliteStore({ path: join(directory, 'store.db'), clock: systemClock, owner })
  const run = 'paused'
  await store.createRun(newRun(run), 1)
  await store.addTasks(run, addedPlan(taskDefinition('A')), 2)
  await store.startRun(run, { target: 't', base: 'b', workers: 2 }, 3)
  const claim = await store.claim({ run, worker: 'worker_1', leaseMs: 1e9, candidates: ['A'] }, 4)
  if (claim === null) throw new Error('A could not be claimed')
  const schedule = new Schedule(store, run, null)
  await schedule.load()
  const context = {
    store,
    run,
    schedule,
    working: new Set(['worker_1']),
    settings: { onLimit: 'exit' as const },
  }
  const hold = { level: 'system' as const, retryAt: 600_000, probing: false }
  expect(await pauseFor(context, hold, 5)).toBeNull()
  await store.giveBack(claim, { notBefore: 6, reason: 'the circuit of the run opened' }, 6)
  await schedule.refresh()
  expect(await pauseFor(context, hold, 7)).toMatchObject({ resumeAt: 600_000 })
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})
