import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { requireWholeLog } from '../../src/store/whole-log.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

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
