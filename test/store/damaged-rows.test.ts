import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { savedBeside } from '../../src/store/store-file.ts'
import { taskDefinition } from '../support/store-data.ts'
import { storeOfTasks } from '../support/store-of-tasks.ts'

const RUN = 'run-1'
const TASKS = 30

describe('a row that is damaged on pages that SQLite finds whole', () => {
  let path: string
  beforeEach(async () => {
    const tasks = Array.from({ length: TASKS }, (_, n) => taskDefinition(`T-${n}`, { goal: `goal of ${n}.` }))
    path = await storeOfTasks(RUN, ...tasks)
  })

  it.each([
    ['zeros', 0],
    ['other bytes', 0xa5],
  ])('is left out of what is saved, which goes on without it: %s', async (_, byte) => {
    overwriteBehind(path, 'goal of 7.', byte)
    const { message, hint } = await refusal(path)
    expect(message).toContain('in definition, where JSON belongs')
    expect(hint).toContain('missing are')
    expect(hint).toContain('up to 1 of tasks')
    expect(() => openReader(path)?.tasks(RUN)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Enter orchestrator run') as string }),
    )
    const [saved = ''] = savedBeside(path)
    await using store = await open(saved)
    expect((await store.tasks(RUN)).length).toBe(TASKS - 1)
    expect(savedBeside(saved)).toEqual([])
  })

  it('is saved no more than once for each state that a run leaves, and is found before the next one writes', async () => {
    overwriteBehind(path, 'goal of 7.', 0)
    await refusal(path)
    await refusal(path)
    const before = pictureOf(path)
    const saved = savedBeside(path)
    expect(saved.length).toBeLessThanOrEqual(2)
    const { hint } = await refusal(path)
    expect(hint).toContain('was saved in')
    expect(savedBeside(path)).toEqual(saved)
    expect(pictureOf(path)).toEqual(before)
  })

  it('is told of JSON that SQLite itself reads', async () => {
    {
      using db = new DatabaseSync(path)
      const trigger = db.prepare(`SELECT sql FROM sqlite_schema WHERE name = 'events_no_update'`).get()
      db.exec(
        `DROP TRIGGER events_no_update; UPDATE events SET kind = 'worker_replaced', data = '{"worker":'`,
      )
      db.exec(String(trigger?.['sql']))
    }
    await using store = await open(path)
    await expect(
      store.retireWorker({ run: RUN, worker: 'worker_1', by: 'worker_2' }, 3),
    ).rejects.toMatchObject({
      code: 'store_corrupt',
      hint: expect.stringContaining('is saved in') as string,
    })
  })
})

function open(path: string): Promise<Store> {
  return openSqliteStore({ path, clock: systemClock, owner: { ...processIdentity(), processStart: '1' } })
}

/** Whatever says so first: opening it, or the first who reads the tasks. */
async function refusal(path: string): Promise<{ readonly message: string; readonly hint: string }> {
  try {
    await using store = await open(path)
    await store.tasks(RUN)
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'store_corrupt' })
    return thrown as { message: string; hint: string }
  }
  throw new Error('nothing was refused')
}

function overwriteBehind(path: string, text: string, byte: number): void {
  const content = readFileSync(path)
  // What was moved to another page is still where it was before, too.
  for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + 1))
    content.fill(byte, at + text.length, at + text.length + 100)
  writeFileSync(path, content)
}

function pictureOf(path: string): string[] {
  return ['', '-wal'].map((ending) => readFileSync(path + ending, 'base64'))
}
