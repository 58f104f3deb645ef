import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openStoreClient } from '../../src/store/client.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { requireWholeLog } from '../../src/store/whole-log.ts'
import { overwrite } from '../support/damage.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const FRAME = 24 + 4_096
const WRITER = new URL('../support/log-writer.ts', import.meta.url).pathname

describe('a log that is all that is left of a store', () => {
  it.each<[string, (path: string) => void]>([
    ['the file is gone', (path) => rmSync(path)],
    ['the file is empty', (path) => truncateSync(path, 0)],
  ])('is removed by nobody who reads or writes: %s', async (_, lose) => {
    const path = tempStorePath()
    const db = new DatabaseSync(`${path}.live`)
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)')
    for (const ending of ['', '-wal']) copyFileSync(`${path}.live${ending}`, path + ending)
    db.close()
    const log = readFileSync(`${path}-wal`)
    lose(path)
    expect(() => openReader(path)).toThrow(expect.objectContaining({ code: 'state_unusable' }))
    await expect(
      openSqliteStore({ path, clock: systemClock, owner: processIdentity() }),
    ).rejects.toMatchObject({ code: 'state_unusable' })
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true)
  })
})

describe('a log that is written meanwhile by a process that does not own the store', () => {
  it('is whole, whatever of it is seen', async () => {
    const path = tempStorePath()
    const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    for (let look = 0; look < 100; look += 1) requireWholeLog(path)
    expect(child.exitCode).toBeNull()
  })
})

it('a damaged log is shown up to the damage to who only looks, and refused to who would change something', async () => {
  const live = tempStorePath()
  const owner = { ...processIdentity(), processStart: '1' }
  const store = await openSqliteStore({ path: live, clock: systemClock, owner })
  const event = { run: null, kind: 'budget_warning', task: null, attempt: null, data: {} } as const
  for (let at = 1; at <= 10; at += 1) await store.append([event], at)
  const path = `${live}.killed`
  for (const ending of ['', '-wal']) copyFileSync(live + ending, path + ending)
  await store.close()
  const { length } = readFileSync(`${path}-wal`)
  overwrite(`${path}-wal`, length - 5 * FRAME, 100)
  using client = openStoreClient({ path, clock: systemClock, owner: processIdentity() })
  const shown = client.reader.events({ after: 0, limit: 99 }).length
  expect(shown).toBeGreaterThan(0)
  expect(shown).toBeLessThan(10)
  const asked = client.handIn({ kind: 'clear_quarantine', file: null, name: null })
  await expect(asked).rejects.toMatchObject({ code: 'store_corrupt' })
})
