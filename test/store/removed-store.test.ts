import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { openStoreClient } from '../../src/store/client.ts'
import { ThreadClient } from '../../src/store/thread-client.ts'
import { claimLength } from '../support/damage.ts'
import { newRun, taskDefinition } from '../support/store-data.ts'
import { storeOfTasks } from '../support/store-of-tasks.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

it.each<[string, (path: string) => void]>([
  [
    'removed',
    (path) => ['', '-wal', '-shm'].forEach((ending) => rmSync(`${path}${ending}`, { force: true })),
  ],
  ['moved away', (path) => renameSync(path, `${path}.elsewhere`)],
  [
    'replaced by a copy',
    (path) => {
      copyFileSync(path, `${path}.copy`)
      renameSync(`${path}.copy`, path)
    },
  ],
])('a store whose file is %s takes nothing more', async (_how, away) => {
  const path = tempStorePath()
  await using store = await openSqliteStore(optionsOf(path))
  await store.createRun(newRun('one'), 1)
  away(path)
  await expect(store.createRun(newRun('two'), 2)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining(`${path} was removed or replaced`),
  })
})

it('a store that its owner removes takes nothing of what others hand in meanwhile, and leaves its place to the next one', async () => {
  const path = tempStorePath()
  const options = optionsOf(path)
  const store = await openSqliteStore(options)
  await store.createRun(newRun('one'), 1)
  using client = openStoreClient({ ...options, answerMs: 1_000 })
  const change = { kind: 'cancel', run: 'one', task: 'A', reason: 'why not' } as const
  const refused = expect(client.handIn(change)).rejects.toMatchObject({ code: 'store_unavailable' })
  await store.remove()
  expect(readdirSync(dirname(path))).toEqual([])
  await refused
  expect(readdirSync(dirname(path))).toEqual([])
  await using next = await openSqliteStore(options)
  await store.close()
  await next.createRun(newRun('two'), 2)
  expect(await next.run('one')).toBeNull()
})

it('a store that somebody else has by now is not removed by who had it', async () => {
  const path = tempStorePath()
  const store = await openSqliteStore({ ...optionsOf(path), leaseMs: 60_000 })
  const later = { ...systemClock, now: () => systemClock.now() + 120_000 }
  await using next = await openSqliteStore({ ...optionsOf(path), clock: later })
  await next.createRun(newRun('theirs'), 1)
  await expect(store.remove()).rejects.toMatchObject({ code: 'store_owned' })
  await store.close()
  expect(await next.run('theirs')).toMatchObject({ id: 'theirs' })
})

it('a store that took the place of one is not removed by who had that one', async () => {
  const path = tempStorePath()
  const store = await openSqliteStore(optionsOf(path))
  renameSync(path, `${path}.elsewhere`)
  rmSync(`${path}-wal`)
  await using next = await openSqliteStore(optionsOf(path))
  await next.createRun(newRun('theirs'), 1)
  await expect(store.remove()).rejects.toMatchObject({ code: 'store_unavailable' })
  await store.close()
  await next.createRun(newRun('more'), 2)
  expect(existsSync(path)).toBe(true)
})

it.each<[string, (path: string) => Promise<void>]>([
  ['nobody began anew', () => Promise.resolve()],
  [
    'somebody has begun anew',
    async (path) => {
      const next = await openSqliteStore(optionsOf(path))
      onTestFinished(() => next.close())
      await next.createRun(newRun('theirs'), 1)
    },
  ],
])('a store that is removed while it is looked at is looked at again where %s', async (_, begin) => {
  const path = tempStorePath()
  await (await openSqliteStore(optionsOf(path))).close()
  const slow = new ThreadClient({ path, leaseMs: 60_000, requestPollMs: 1_000 })
  const before = await slow.open()
  await (await openSqliteStore(optionsOf(path))).remove()
  await begin(path)
  const taking = { owner: processIdentity(), after: before?.epoch ?? 0, passing: false }
  expect(await slow.own(taking)).toBeNull()
  await slow.open()
  await slow.close()
  expect(statSync(path).mode & 0o077).toBe(0)
})

it('a store that is found damaged while it is had is left as it is by who has it', async () => {
  const path = await storeOfTasks('run-1', taskDefinition('A'))
  const store = await openSqliteStore(optionsOf(path))
  await store.createRun(newRun('two'), 1)
  claimLength(path, 'tasks', { columns: 30, nth: 3 })
  const bytes = (): Buffer[] => ['', '-wal'].map((ending) => readFileSync(path + ending))
  const before = bytes()
  expect(before[1]?.length).toBeGreaterThan(0)
  await expect(store.tasks('run-1')).rejects.toMatchObject({ code: 'store_corrupt' })
  await store.close()
  expect(bytes()).toEqual(before)
})

function optionsOf(path: string) {
  return { path, clock: systemClock, owner: processIdentity() }
}
