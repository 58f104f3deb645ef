import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { ended, newRun, startedId, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'

it('reads what a program kept in the store that had no files for it, and forgets what is too old', async () => {
  const path = tempStorePath()
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.createRun({ ...newRun('run-1'), tasks: [taskDefinition('A')] }, 1)
  await store.startRun('run-1', { target: 't', base: 'b', workers: 1 }, 2)
  const attempts: number[] = []
  for (const at of [10, 20, 30]) {
    const claim = await store.claim({ run: 'run-1', worker: 'w', leaseMs: 1_000, candidates: ['A'] }, at)
    if (claim === null) throw new Error('the task cannot be claimed')
    const started = await store.startAttempt(claim, { stage: 'red', agent: 'a', reserved: NO_SPEND }, at)
    attempts.push(startedId(started))
    const lost = { kind: 'lost', cause: 'user', detail: '', retryAt: null } as const
    await store.finishAttempt(claim, startedId(started), ended(lost), at)
    await store.giveBack(claim, { notBefore: at, reason: '' }, at)
  }
  const older = new DatabaseSync(path)
  for (const attempt of attempts)
    older.prepare('INSERT INTO transcripts (attempt_id, text) VALUES (?, ?)').run(attempt, `told ${attempt}`)
  older.close()
  const [first = 0, second = 0, third = 0] = attempts
  expect(await store.transcript(first)).toBe(`told ${first}`)
  expect(await store.pruneTranscripts(30, 1)).toBe(1)
  expect(await store.pruneTranscripts(30, 1)).toBe(1)
  expect(await store.pruneTranscripts(30, 1)).toBe(0)
  using reader = openReader(path)
  expect([first, second, third].map((attempt) => reader?.transcript(attempt))).toEqual([
    null,
    null,
    `told ${third}`,
  ])
})
