import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { readStatus } from '../../src/observe/status.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { claimLength } from '../support/damage.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const RUN = 'run-1'

describe('a damaged row that claims to be longer than SQLite takes', () => {
  let path: string
  beforeEach(async () => {
    path = tempStorePath()
    const store = await open(path)
    await store.createRun(newRun(RUN), 1)
    await store.addTasks(RUN, addedPlan(taskDefinition('A'), taskDefinition('B')), 2)
    await store.close()
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
      await using store = await open(savedBeside(path))
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

function savedBeside(path: string): string {
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.salvaged-`))
  expect(names).toHaveLength(1)
  return join(dirname(path), names[0] ?? '')
}
