import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { readStatus } from '../../src/observe/status.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { savedBeside } from '../../src/store/store-file.ts'
import { claimLength } from '../support/damage.ts'
import { taskDefinition } from '../support/store-data.ts'
import { storeOfTasks } from '../support/store-of-tasks.ts'

const RUN = 'run-1'

describe('a damaged row that claims to be longer than SQLite takes', () => {
  let path: string
  beforeEach(async () => {
    path = await storeOfTasks(RUN, taskDefinition('A'), taskDefinition('B'))
  })

  it.each([
    ['owner', 8, 2],
    ['sqlite_schema', 5, 4],
    ['runs', 20, 3],
    ['events', 8, 3],
    ['tasks', 30, 3],
  ])(
    'is damage to who reads it and to who writes, who saves the rest: in %s',
    async (table, columns, nth) => {
      claimLength(path, table, { columns, nth })
      const before = readFileSync(path)
      expect(() => readAll(path)).toThrow(
        expect.objectContaining({
          code: 'store_corrupt',
          hint: expect.stringContaining('Enter orchestrator run') as string,
        }),
      )
      await expect(open(path)).rejects.toMatchObject({
        code: 'store_corrupt',
        hint: expect.stringContaining('is saved in') as string,
      })
      expect(readFileSync(path).equals(before)).toBe(true)
      const [saved = ''] = savedBeside(path)
      await using store = await open(saved)
      await store.tasks(RUN)
    },
  )
})

function open(path: string): Promise<Store> {
  return openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
}

function readAll(path: string): void {
  using reader = openReader(path)
  reader?.owner()
  readStatus(reader, 3)
  reader?.tasks(RUN)
  reader?.events({ after: 0, limit: 100 })
}
