import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/migrations/all.ts'
import { openReader, type StoreReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { savedBeside } from '../../src/store/store-file.ts'
import { misspell } from '../support/damage.ts'
import { taskDefinition } from '../support/store-data.ts'
import { storeOfTasks } from '../support/store-of-tasks.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const RUN = 'run-1'
const SPENT = 7

describe('a letter that is overwritten in the list of tables', () => {
  let path: string
  beforeEach(async () => {
    path = await storeOfTasks(RUN, taskDefinition('A'), taskDefinition('B'))
    using db = new DatabaseSync(path)
    db.exec(`INSERT INTO spend_totals (run, estimated, invocations) VALUES ('${RUN}', 0, ${SPENT})`)
  })

  it.each<[string, string, string, string]>([
    ['the name of a column', 'spend_totals', 'invocations', 'invxcations'],
    ['the name of a column of those who own', 'owner', 'epoch', 'epxch'],
    ['the name of a column of the version', 'schema_version', 'version INTEGER', 'vexsion INTEGER'],
    ['what a column may hold', 'tasks', 'definition TEXT', 'definition TEXX'],
    ['what keeps events as they are', 'events_no_update', 'BEFORE UPDATE', 'BEFORE UPDXTE'],
    ['what counts versions', 'tasks_changed', 'OLD.version + 1', 'OLD.vexsion + 1'],
    ['what counts versions, and still can be done', 'tasks_changed', '+ 1', '+ 2'],
    ['an index', 'tasks_by_state', 'complexity', 'complxxity'],
    ['a view', 'v_spend', 'run', 'rxn'],
  ])('is damage to who writes, who saves all of it: %s', async (_, entry, from, to) => {
    misspell(path, entry, [from, to])
    const before = readFileSync(path)
    await expect(open(path)).rejects.toMatchObject({
      code: 'store_corrupt',
      hint: expect.stringContaining('nothing is missing') as string,
    })
    expect(readFileSync(path).equals(before)).toBe(true)
    const [saved = ''] = savedBeside(path)
    await using store = await open(saved)
    expect(await store.tasks(RUN)).toHaveLength(2)
    using reader = openReader(saved)
    expect(reader?.spend(RUN)).toMatchObject({ invocations: SPENT })
  })

  it.each<[string, string, [string, string], (reader: StoreReader) => unknown]>([
    ['asked for by its name', 'amounts', ['invocations', 'invxcations'], (reader) => reader.spentSince(1, 3)],
    ['read with its row', 'runs', ['workers INTEGER', 'worxers INTEGER'], (reader) => reader.run(RUN)],
  ])('is damage to who looks for a column: %s', (_, entry, letters, look) => {
    misspell(path, entry, letters)
    using reader = openReader(path)
    if (reader === null) throw new Error('there is a store')
    expect(() => look(reader)).toThrow(
      expect.objectContaining({
        code: 'store_corrupt',
        hint: expect.stringContaining('Enter orchestrator run') as string,
      }),
    )
  })

  it('is damage of a store of an older schema as well, which is not brought up', async () => {
    path = older(path, 10)
    misspell(path, 'spend_totals', ['invocations', 'invxcations'])
    await expect(open(path)).rejects.toMatchObject({ code: 'store_corrupt' })
    const [saved = ''] = savedBeside(path)
    await using store = await open(saved)
    expect((await store.run(RUN))?.title).toBe('A plan')
  })
})

describe('what is no damage of the list of tables', () => {
  it('is what a store of an older schema does not have: it is told as that, and brought up', async () => {
    const path = older(tempStorePath(), 5)
    {
      using reader = openReader(path)
      expect(() => reader?.attempts(RUN, 'A')).toThrow(
        expect.objectContaining({
          code: 'store_unavailable',
          message: expect.stringContaining('schema 5') as string,
          hint: expect.stringContaining('brings it up') as string,
        }),
      )
    }
    await (await open(path)).close()
    using reader = openReader(path)
    expect(reader?.attempts(RUN, 'A')).toEqual([])
  })

  it('is what somebody added', async () => {
    const path = tempStorePath()
    await (await open(path)).close()
    {
      using db = new DatabaseSync(path)
      db.exec('CREATE VIEW mine AS SELECT id FROM runs; CREATE INDEX my_runs ON runs (title); ANALYZE')
    }
    await (await open(path)).close()
    expect(readdirSync(dirname(path))).toEqual([basename(path)])
  })
})

function open(path: string): Promise<Store> {
  return openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
}

/** A store of an earlier schema beside it, with a run. */
function older(path: string, version: number): string {
  const made = `${path}-${version}`
  const db = new Database(made)
  migrate(db, { at: 1, migrations: MIGRATIONS.slice(0, version) })
  db.run(`INSERT INTO runs (id, title, suites, limits, agent, requirements, state, created_at, updated_at)
    VALUES ('${RUN}', 'A plan', '[]', '{}', 'scripted', '[]', 'paused', 7, 7)`)
  db.close()
  return made
}
