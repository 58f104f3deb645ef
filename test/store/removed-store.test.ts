import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { newRun } from '../support/store-data.ts'

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
  const directory = mkdtempSync(join(tmpdir(), 'store-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'store.db')
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.createRun(newRun('one'), 1)
  away(path)
  await expect(store.createRun(newRun('two'), 2)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining(`${path} was removed or replaced`),
  })
})
