import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { salvage } from '../../src/store/salvage.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store, Task } from '../../src/store/store.ts'
import { overwrite, PAGE, placeOf } from '../support/damage.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const RUN = 'run-1'
const NOW = 10
const LEAVES = 20

describe('tasks of a damaged store that are saved', () => {
  let path: string
  beforeEach(() => {
    path = tempStorePath()
  })

  const open = (db: string): Promise<Store> =>
    openSqliteStore({ path: db, clock: systemClock, owner: processIdentity() })

  /** A root that many tasks wait for, and behind the last of these one more. */
  const filled = async (): Promise<Store> => {
    const store = await open(path)
    await store.createRun(newRun(RUN), 1)
    const leaves = Array.from({ length: LEAVES }, (_, n) =>
      taskDefinition(`leaf-${n}`, { dependsOn: ['root'] }),
    )
    const end = taskDefinition('end', { dependsOn: [`leaf-${LEAVES - 1}`] })
    await store.addTasks(RUN, addedPlan(taskDefinition('root'), ...leaves, end), 2)
    await store.startRun(RUN, { target: 't', base: 'b', workers: 2 }, 3)
    return store
  }
  const saved = async (table: string): Promise<Store> => {
    overwrite(path, placeOf(path, table), PAGE)
    return open(salvage(path, NOW)?.path ?? '')
  }

  it('wait no longer for those that are missing: each of them can be claimed', async () => {
    await (await filled()).close()
    await using store = await saved('tasks')
    const left = keysOf(await store.tasks(RUN))
    expect(left).not.toContain('root')
    const free = left.filter((key) => key !== 'end')
    expect(await toldBy(store, 'task_available')).toEqual(free)
    const claimed: string[] = []
    const next = { run: RUN, worker: 'worker_1', leaseMs: 1_000 }
    for (let at = NOW; ; at += 1) {
      const claim = await store.claim(next, at)
      if (claim === null) break
      claimed.push(claim.task.definition.key)
    }
    expect(claimed.toSorted()).toEqual(free)
    expect((await store.task(RUN, 'end'))?.state.state).toBe('pending')
  })

  it('are not blocked any longer by those that are missing, nor are the ones behind them', async () => {
    const whole = await filled()
    await whole.cancel(RUN, 'root', 'no', 4)
    await whole.close()
    await using store = await saved('tasks')
    const left = await store.tasks(RUN)
    expect(left.map(({ state }) => state.state)).toEqual(
      left.map(({ definition }) => (definition.key === 'end' ? 'pending' : 'available')),
    )
    expect(await toldBy(store, 'task_unblocked')).toEqual(keysOf(left))
    expect((await store.outlook(RUN, NOW)).goesOn).toBe(true)
  })

  it('wait for what they depend on also where only that was overwritten', async () => {
    await (await filled()).close()
    overwrite(path, placeOf(path, 'dependencies'), PAGE)
    const read = salvage(path, NOW)
    expect(read?.read?.missing).toEqual([])
    await using store = await open(read?.path ?? '')
    expect(await store.claimable(RUN, NOW, 99)).toEqual(['root'])
    expect((await store.tasks(RUN)).map(({ state }) => state.state)).toEqual([
      'available',
      ...Array.from({ length: LEAVES + 1 }, () => 'pending'),
    ])
    expect(await toldBy(store, 'task_available')).toEqual([])
  })

  it('are worked by an owner that stays, though the last one of the damaged store came for one change only', async () => {
    const passing = { path, clock: systemClock, owner: processIdentity(), passing: true }
    const whole = await openSqliteStore(passing)
    await whole.createRun(newRun(RUN), 1)
    await whole.close()
    {
      using db = new DatabaseSync(path)
      db.exec(`INSERT INTO counters VALUES ('owner_awaited_until', ${NOW + 5_000})`)
    }
    const saves = salvage(path, NOW)?.path ?? ''
    await using _ = await open(saves)
    using reader = openReader(saves)
    expect(reader?.owner()).toMatchObject({ passing: false })
    using db = new DatabaseSync(saves, { readOnly: true })
    expect(db.prepare(`SELECT name FROM counters WHERE name LIKE '%owner%'`).all()).toEqual([])
  })

  it('keep texts of agents that hold a zero byte', async () => {
    const reason = 'disputed 3 times: "a\0b"'
    const whole = await filled()
    const held = await whole.claim({ run: RUN, worker: 'worker_1', leaseMs: 1_000 }, 4)
    if (held === null) throw new Error('nothing was claimed')
    expect(await whole.needHuman(held, reason, 5)).toBe(true)
    await whole.close()
    await using store = await saved('events')
    expect((await store.tasks(RUN)).length).toBe(LEAVES + 2)
    expect((await store.task(RUN, 'root'))?.state).toEqual({ state: 'needs_human', reason })
  })
})

function keysOf(tasks: readonly Task[]): string[] {
  return tasks.map(({ definition }) => definition.key).toSorted()
}

/** The tasks that events of that kind tell of. */
async function toldBy(store: Store, kind: 'task_available' | 'task_unblocked'): Promise<string[]> {
  const events = await store.events({ after: 0, limit: 1_000, run: RUN, kind })
  return events.map(({ task }) => String(task)).toSorted()
}
