import { copyFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { openStoreClient } from '../../src/store/client.ts'
import { newRun } from '../support/store-data.ts'
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
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.createRun(newRun('one'), 1)
  away(path)
  await expect(store.createRun(newRun('two'), 2)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining(`${path} was removed or replaced`),
  })
})

it('a store that its owner removes takes nothing of what others hand in meanwhile, and leaves its place to the next one', async () => {
  const path = tempStorePath()
  const options = { path, clock: systemClock, owner: processIdentity() }
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
