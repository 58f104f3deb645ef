import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { addedPlan, ended, newRun, spendOf, startedId, taskDefinition } from '../support/store-data.ts'

const USED = {
  samples: 2,
  cpuMs: 1_230,
  peakBytes: 9e9,
  peakProcesses: 12,
  points: [
    { atMs: 2_000, cpuMs: 1_000, bytes: 9e9, processes: 12 },
    { atMs: 4_000, cpuMs: 230, bytes: 5, processes: 1 },
  ],
}

it('keeps what an attempt used with its end, and nothing of one that a kill took', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'store-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'store.db')
  const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  onTestFinished(() => store.close())
  await store.createRun(newRun('r'), 1)
  await store.addTasks('r', addedPlan(taskDefinition('A')), 1)
  await store.startRun('r', { target: 't', base: 'b', workers: 1 }, 1)
  const claim = await store.claim({ run: 'r', worker: 'w', leaseMs: 1_000, candidates: ['A'] }, 10)
  if (claim === null) return expect.unreachable('A can be claimed')
  for (const resources of [USED, null]) {
    const started = await store.startAttempt(claim, { stage: 'red', agent: 's', reserved: spendOf(1, 1) }, 11)
    const end = { ...ended({ kind: 'dispute_rejected' }), resources }
    expect(await store.finishAttempt(claim, startedId(started), end, 12)).toBe(true)
    // Refused as a second end, and nothing of it is kept.
    const again = { ...end, resources: { ...USED, cpuMs: 9 } }
    expect(await store.finishAttempt(claim, startedId(started), again, 13)).toBe(false)
  }
  await store.startAttempt(claim, { stage: 'green', agent: 's', reserved: spendOf(1, 1) }, 14)
  await store.rescue('r', 15, { all: true })
  using reader = openReader(path)
  expect(reader?.attempts('r', 'A').map(({ resources }) => resources)).toEqual([USED, null, null])
})
