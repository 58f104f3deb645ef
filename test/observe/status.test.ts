import { expect, it } from 'vitest'
import { statusLines } from '../../src/cli/status-lines.ts'
import { readStatus } from '../../src/observe/status.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

it('status tells of tasks that are tried again at a time, the first of them and why', async () => {
  const path = tempStorePath()
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  const now = systemClock.now()
  await store.createRun(newRun('r'), now)
  await store.addTasks('r', addedPlan(taskDefinition('A'), taskDefinition('B'), taskDefinition('C')), now)
  await store.startRun('r', { target: 't', base: 'b', workers: 1 }, now)
  const giveBack = async (key: string, notBefore: number, reason: string): Promise<void> => {
    const claim = await store.claim({ run: 'r', worker: 'worker_1', leaseMs: 1_000, candidates: [key] }, now)
    if (claim === null) throw new Error(`${key} cannot be claimed`)
    await store.giveBack(claim, { notBefore, reason }, now)
  }
  using reader = openReader(path)
  expect(readStatus(reader, now).again).toBe(null)
  await giveBack('A', now, 'at once')
  await giveBack('B', now + 600_000, 'later')
  await giveBack('C', now + 90_000, 'the provider is overloaded')
  const status = readStatus(reader, now)
  expect(status.again).toEqual({ tasks: 2, at: now + 90_000, reason: 'the provider is overloaded' })
  expect(statusLines(status, now).join('\n')).toMatch(
    /^Again +2 tasks from .* \(in 1 min 30 s\): the provider is overloaded$/m,
  )
})
