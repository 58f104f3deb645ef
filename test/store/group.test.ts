import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { Database } from '../../src/store/database.ts'
import { executeGroup, type Request } from '../../src/store/group.ts'
import { NoRoom } from '../../src/store/sqlite-errors.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'

const OWNERSHIP = { epoch: 1, leaseMs: 60_000, at: 1 }

describe('a group of operations', () => {
  let directory: string
  let db: Database
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'store-'))
    const path = join(directory, 'store.db')
    const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    await store.close()
    db = new Database(path)
    db.exec('UPDATE owner SET released = 0')
  })
  afterEach(() => {
    db.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const create = (id: number, run: string): Request => ({
    id,
    name: 'createRun',
    args: [{ ...newRun(run), tasks: [] }, id],
  })
  const runs = (): unknown[] => db.all('SELECT id FROM runs ORDER BY seq').map((row) => row['id'])

  it('undoes the one that throws, and only that one', () => {
    const replies = executeGroup(
      db,
      [
        create(1, 'one'),
        { id: 2, name: 'addTasks', args: ['one', addedPlan(), 1] },
        create(3, 'one'),
        { id: 4, name: 'startRun', args: ['nowhere', { target: 't', base: 'b', workers: 1 }, 1] },
        create(5, 'two'),
        { id: 6, name: 'currentRun', args: [] },
      ],
      OWNERSHIP,
    )
    expect(replies.map((reply) => reply.ok)).toEqual([true, true, false, false, true, true])
    expect(replies[3]).toMatchObject({ error: { code: 'run_unknown' } })
    expect(replies[5]).toMatchObject({ value: { id: 'two' } })
    expect(runs()).toEqual(['one', 'two'])
  })

  it('fails as a whole when its commit fails, and leaves the store usable', () => {
    // A foreign key that is checked at the commit makes the commit itself fail.
    db.exec(`CREATE TABLE trap (run TEXT REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER spring AFTER INSERT ON runs WHEN NEW.id = 'trapped' BEGIN INSERT INTO trap VALUES ('nowhere'); END;`)
    const replies = executeGroup(
      db,
      [create(1, 'one'), { id: 2, name: 'currentRun', args: [] }, create(3, 'trapped')],
      OWNERSHIP,
    )
    expect(replies.map((reply) => reply.ok)).toEqual([false, false, false])
    expect(runs()).toEqual([])
    expect(executeGroup(db, [create(4, 'two')], OWNERSHIP)).toEqual([{ id: 4, ok: true, value: [] }])
    expect(runs()).toEqual(['two'])
  })

  it('has done nothing of it where the disk is full, and can be carried out again once there is room', () => {
    const large: Request = {
      id: 2,
      name: 'addTasks',
      args: ['one', { ...addedPlan(), planText: 'x'.repeat(2_000_000) }, 1],
    }
    const pages = Number(db.get('PRAGMA page_count')?.['page_count'])
    db.exec(`PRAGMA max_page_count = ${pages + 50}`)
    expect(() => executeGroup(db, [create(1, 'one'), large, create(3, 'two')], OWNERSHIP)).toThrow(NoRoom)
    expect(runs()).toEqual([])
    db.exec('PRAGMA max_page_count = 100000')
    const replies = executeGroup(db, [create(1, 'one'), large, create(3, 'two')], OWNERSHIP)
    expect(replies.map((reply) => reply.ok)).toEqual([true, true, true])
  })

  /** A run of one task that no commit lets be claimed, until the trigger `spring` is dropped. */
  const trapped = (task: ReturnType<typeof taskDefinition>): DatabaseSync => {
    const started = { target: 't', base: 'b', workers: 1, circuits: DEFAULT_CIRCUITS }
    executeGroup(
      db,
      [
        create(1, 'one'),
        { id: 2, name: 'addTasks', args: ['one', addedPlan(task), 1] },
        { id: 3, name: 'startRun', args: ['one', started, 1] },
      ],
      OWNERSHIP,
    )
    const other = new DatabaseSync(db.path)
    other.exec(`CREATE TABLE trap (run TEXT REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER spring AFTER UPDATE ON tasks WHEN NEW.state = 'running' BEGIN INSERT INTO trap VALUES ('nowhere'); END;`)
    return other
  }
  const claim = (id: number): Request => ({
    id,
    name: 'claim',
    args: [{ run: 'one', worker: `worker_${id}`, leaseMs: 1_000 }, 1],
  })

  it('looks again for something to claim where what stood in the way was undone', () => {
    using other = trapped(taskDefinition('A-1'))
    const failed = executeGroup(db, [claim(4), claim(5)], OWNERSHIP)
    expect(failed.map((reply) => reply.ok)).toEqual([false, false])
    other.exec('DROP TRIGGER spring')
    expect(executeGroup(db, [claim(6)], OWNERSHIP)).toMatchObject([{ value: { worker: 'worker_6' } }])
  })

  it('holds no files for a task whose claim was undone', () => {
    using other = trapped(taskDefinition('A-1', { locks: ['src/a.js'] }))
    expect(executeGroup(db, [claim(4)], OWNERSHIP)).toMatchObject([{ ok: false }])
    other.exec('DROP TRIGGER spring')
    expect(executeGroup(db, [claim(5)], OWNERSHIP)).toMatchObject([{ value: { worker: 'worker_5' } }])
  })

  it('changes nothing when another epoch has begun', () => {
    const replies = executeGroup(db, [create(1, 'one'), create(2, 'two')], { ...OWNERSHIP, epoch: 7 })
    expect(replies).toMatchObject([{ error: { code: 'store_owned' } }, { error: { code: 'store_owned' } }])
    expect(runs()).toEqual([])
  })

  it('renews a lease that ran out and was not taken', () => {
    executeGroup(db, [create(1, 'one')], { ...OWNERSHIP, at: 9_000_000_000_000 })
    expect(db.get('SELECT lease_until FROM owner')).toMatchObject({ lease_until: 9_000_000_060_000 })
  })
})
