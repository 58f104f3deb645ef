import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { pauseFor } from '../../src/engine/circuit-pause.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { addedPlan, ended, newRun, startedId, taskDefinition } from '../support/store-data.ts'

const RUN = 'paused'
const CIRCUITS = { ...DEFAULT_CIRCUITS, worker: { ...DEFAULT_CIRCUITS.worker, failures: 1 } }

it('a run that nobody watches pauses for a long wait only once no task of it is worked and no worker is free', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pause-'))
  const owner = processIdentity()
  const store = await openSqliteStore({ path: join(directory, 'store.db'), clock: systemClock, owner })
  await store.createRun(newRun(RUN), 1)
  await store.addTasks(RUN, addedPlan(taskDefinition('A')), 2)
  await store.startRun(RUN, { target: 't', base: 'b', workers: 2, circuits: CIRCUITS }, 3)
  const claim = await store.claim({ run: RUN, worker: 'worker_1', leaseMs: 1e9, candidates: ['A'] }, 4)
  if (claim === null) throw new Error('A could not be claimed')
  const context = {
    store,
    run: RUN,
    working: new Set(['worker_1', 'worker_2']),
    settings: { onLimit: 'exit' as const },
  }
  const hold = { level: 'system' as const, retryAt: 600_000, probing: false }
  expect(await pauseFor(context, hold, 5)).toBeNull()
  await store.giveBack(claim, { notBefore: 6, reason: 'the circuit of the run opened' }, 6)
  expect(await pauseFor(context, hold, 7)).toMatch(/^most work failed; /)
  const held = { ...hold, level: 'worker' as const }
  await breakDown(store, 'worker_1')
  expect(await pauseFor(context, held, 9)).toBeNull()
  await breakDown(store, 'worker_2')
  expect(await pauseFor(context, held, 9)).toMatch(/^whatever its workers did failed; /)
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

async function breakDown(store: Store, worker: string): Promise<void> {
  const claim = await store.claim({ run: RUN, worker, leaseMs: 1e9, candidates: ['A'] }, 8)
  if (claim === null) throw new Error('A could not be claimed')
  const started = await store.startAttempt(claim, { stage: 'green', agent: 's', reserved: NO_SPEND }, 8)
  const outcome = { kind: 'gave_up', cause: 'crash', detail: 'it broke down', base: 'b' } as const
  await store.finishAttempt(claim, startedId(started), ended(outcome), 8)
  await store.giveBack(claim, { notBefore: 8, reason: 'again' }, 8)
}
