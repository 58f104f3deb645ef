import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const FRAME = 24 + 4_096

describe('what is wrong without damage', () => {
  let path: string
  beforeEach(() => {
    path = tempStorePath()
  })

  const open = (): Promise<Store> => openSqliteStore({ path, clock: systemClock, owner: processIdentity() })

  it('is told of a row that somebody wrote by hand as what it is: nothing is saved, and the next owner gets the store', async () => {
    const first = await open()
    await first.createRun(newRun('run-1'), 1)
    await first.addTasks('run-1', addedPlan(taskDefinition('A')), 2)
    await first.close()
    {
      using db = new DatabaseSync(path)
      db.exec(`UPDATE tasks SET state = 'nearly'`)
    }
    const store = await open()
    await expect(store.task('run-1', 'A')).rejects.toMatchObject({
      code: 'store_corrupt',
      hint: 'The row was written by hand or by another program. Restore a backup.',
    })
    await store.close()
    expect(readdirSync(dirname(path))).toEqual(['store.db'])
    await (await open()).close()
  })

  it.each<[string, (file: string) => void]>([
    ['has no mark', (file) => theirs(file, 'CREATE TABLE theirs (x)')],
    ['has its own mark', (file) => theirs(file, 'PRAGMA application_id = 7')],
    ['keeps a log', (file) => theirs(file, 'PRAGMA journal_mode = WAL; CREATE TABLE theirs (x)')],
    ['keeps a log that is damaged', withDamagedLog],
  ])(
    'is told of the database of another program that %s as what it is, and nothing is made beside it',
    async (_, make) => {
      make(path)
      const before = picture(path)
      const refused = { code: 'state_unusable', message: expect.stringContaining('of another program') }
      await expect(open()).rejects.toMatchObject(refused)
      expect(() => openReader(path)).toThrow(expect.objectContaining(refused))
      expect(picture(path)).toEqual(before)
    },
  )
})

function theirs(file: string, sql: string): void {
  using db = new DatabaseSync(file)
  db.exec(sql)
}

/** As a kill left it. */
function withDamagedLog(file: string): void {
  const live = join(dirname(file), 'live')
  theirs(live, 'CREATE TABLE theirs (x); PRAGMA journal_mode = WAL')
  const db = new DatabaseSync(live)
  for (let n = 0; n < 20; n += 1) db.exec('INSERT INTO theirs VALUES (hex(randomblob(500)))')
  for (const ending of ['', '-wal']) copyFileSync(live + ending, file + ending)
  db.close()
  const log = readFileSync(`${file}-wal`)
  log.fill(0xa5, 32 + 5 * FRAME + 200, 32 + 5 * FRAME + 250)
  writeFileSync(`${file}-wal`, log)
}

/** Every file beside it, with what it holds. */
function picture(file: string): [string, string][] {
  const directory = dirname(file)
  return readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'base64')])
}
