import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isLive } from '../../src/observe/open-watch.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { isAlive, processIdentity } from '../../src/runtime/process-identity.ts'
import { openStoreClient } from '../../src/store/client.ts'
import { Database } from '../../src/store/database.ts'
import { awaitOwnership, isAwaited, PASSING_MS } from '../../src/store/queries-owner.ts'
import { openReader } from '../../src/store/reader.ts'
import { answerOpenRequests } from '../../src/store/requests.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'

const SCRIPT = new URL('../support/store-owner.ts', import.meta.url).pathname

describe('the owner of a store', () => {
  let directory: string
  let path: string
  const children: ChildProcess[] = []
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'store-'))
    path = join(directory, 'state', 'store.db')
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  const open = (leaseMs = 60_000): Promise<Store> =>
    openSqliteStore({ path, clock: systemClock, owner: processIdentity(), leaseMs })

  /** Another process that owns the store and writes events without end; resolves once it has written a few. */
  const otherOwner = async (
    leaseMs: number,
  ): Promise<{ child: ChildProcess; acknowledged: () => number }> => {
    const child = spawn(process.execPath, [SCRIPT, path, String(leaseMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    let acknowledged = 0
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the other owner ended')))
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const lines = said.split('\n')
        said = lines.pop() ?? ''
        for (const line of lines) acknowledged = Math.max(acknowledged, Number(line))
        if (acknowledged > 50) resolve()
      })
    })
    return { child, acknowledged: () => acknowledged }
  }
  const gone = (child: ChildProcess): Promise<void> =>
    new Promise((resolve) => child.once('exit', () => resolve()))

  it('keeps files for its user alone', async () => {
    await using _store = await open()
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('refuses a second owner and says who the first is', async () => {
    const { child } = await otherOwner(60_000)
    await expect(open()).rejects.toMatchObject({
      code: 'store_owned',
      message: expect.stringContaining(String(child.pid)),
      hint: 'Follow it with `orchestrator attach`, or end it with `orchestrator stop`.',
    })
    expect(child.exitCode).toBeNull()
  })

  it('takes over at once from a process that is dead, and misses nothing that was acknowledged', async () => {
    const { child, acknowledged } = await otherOwner(600_000)
    const end = gone(child)
    child.kill('SIGKILL')
    await end
    await using store = await open()
    const events = await store.events({ after: 0, limit: 1_000_000 })
    const numbers = new Set(
      events.filter((event) => event.kind === 'budget_warning').map((event) => event.data['number']),
    )
    const missing = Array.from({ length: acknowledged() }, (_, index) => index + 1).filter(
      (each) => !numbers.has(each),
    )
    expect(missing).toEqual([])
    expect(events.at(-1)).toMatchObject({ kind: 'owner_changed', data: { before: { pid: child.pid } } })
  })

  it('ends a process of this machine that holds an expired lease, and no other', async () => {
    const { child } = await otherOwner(300)
    const beside = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' })
    children.push(beside)
    child.kill('SIGSTOP')
    await systemClock.sleep(400)
    await using store = await open()
    expect(await store.currentRun()).toBeNull()
    expect(child.signalCode ?? (await gone(child).then(() => child.signalCode))).toBe('SIGKILL')
    expect(beside.exitCode).toBeNull()
  })

  it('follows one that was faster and is gone again', async () => {
    const { child } = await otherOwner(200)
    child.kill('SIGSTOP')
    await systemClock.sleep(300)
    const overtake = async (): Promise<void> => {
      child.kill('SIGKILL')
      await gone(child)
      const faster = { ...processIdentity(), processStart: '1' }
      await (await openSqliteStore({ path, clock: systemClock, owner: faster })).close()
    }
    const own = { path, clock: systemClock, owner: processIdentity(), leaseMs: 200, endProcess: overtake }
    await using store = await openSqliteStore(own)
    expect(await store.events({ after: 0, limit: 1 })).toHaveLength(1)
  })

  it('goes on after a sleep in which nobody took its expired lease', async () => {
    const { child, acknowledged } = await otherOwner(300)
    child.kill('SIGSTOP')
    await systemClock.sleep(400)
    const before = acknowledged()
    child.kill('SIGCONT')
    await expect.poll(acknowledged, { timeout: 20_000 }).toBeGreaterThan(before + 20)
  })

  it('is refused on another machine even when the lease has expired', async () => {
    await (await open()).close()
    const db = new DatabaseSync(path)
    db.exec(`UPDATE owner SET host = 'elsewhere', lease_until = 0, released = 0`)
    db.close()
    await expect(open()).rejects.toMatchObject({
      code: 'store_owned',
      message: expect.stringContaining('elsewhere'),
    })
  })

  it('writes nothing any more after another one has taken over', async () => {
    await using store = await open()
    await store.createRun(newRun('mine'), 1)
    const db = new DatabaseSync(path)
    db.exec('UPDATE owner SET epoch = epoch + 1')
    db.close()
    await expect(store.createRun(newRun('late'), 2)).rejects.toMatchObject({ code: 'store_owned' })
    expect(openReader(path)?.run('late')).toBeNull()
  })

  it('knows a process that took the number of a dead one', () => {
    const me = processIdentity()
    expect(isAlive(me)).toBe(true)
    expect(isAlive({ ...me, processStart: '1' })).toBe(false)
    expect(isAlive({ ...me, bootId: 'an earlier start of the machine' })).toBe(false)
    expect(isAlive({ ...me, host: 'elsewhere' })).toBeNull()
  })

  describe('beside other processes', () => {
    const prepare = async (store: Store): Promise<void> => {
      await store.createRun(newRun('run-1'), 1)
      await store.addTasks('run-1', addedPlan(taskDefinition('A')), 2)
    }
    const client = (answerMs?: number) =>
      openStoreClient({
        path,
        clock: systemClock,
        owner: processIdentity(),
        ...(answerMs === undefined ? {} : { answerMs }),
      })

    it('answers what they hand in', async () => {
      await using store = await open()
      await prepare(store)
      const stops: boolean[] = []
      const options = { clock: systemClock, stop: (now: boolean) => void stops.push(now) }
      store.onRequest(() => void answerOpenRequests(store, options))
      using other = client()
      const twice = other.handIn({
        kind: 'add_tasks',
        run: 'run-1',
        ...addedPlan(taskDefinition('B'), taskDefinition('A')),
      })
      await expect(twice).rejects.toMatchObject({
        code: 'plan_invalid',
        hint: 'Give the new task another key, or make a run of its own of the plan, when no run goes on: orchestrator ingest PLAN --new',
      })
      expect(other.reader.tasks('run-1')).toHaveLength(1)
      expect(await other.handIn({ kind: 'cancel', run: 'run-1', task: 'A', reason: 'no' })).toBe(true)
      expect(other.reader.task('run-1', 'A')?.state).toEqual({ state: 'cancelled', reason: 'no' })
      expect(await other.handIn({ kind: 'cancel', run: 'run-1', task: 'A', reason: 'no' })).toBe(false)
      const test = { file: 'test/a.test.js', name: 'flickers' }
      await store.quarantine({ run: 'run-1', task: 'A', tests: [test] }, 1)
      expect(other.reader.quarantined()).toMatchObject([test])
      expect(await other.handIn({ kind: 'clear_quarantine', ...test })).toMatchObject([test])
      expect(other.reader.quarantined()).toEqual([])
      expect(await other.handIn({ kind: 'stop', now: true })).toBe(true)
      // It is told behind its answer.
      await vi.waitFor(() => expect(stops).toEqual([true]))
    })

    it('lets them ask without an owner', async () => {
      const store = await open()
      await prepare(store)
      await store.close()
      using other = client()
      expect(await other.handIn({ kind: 'cancel', run: 'run-1', task: 'A', reason: 'no' })).toBe(true)
      expect(other.reader.task('run-1', 'A')?.state.state).toBe('cancelled')
      await expect(other.handIn({ kind: 'stop', now: false })).rejects.toMatchObject({
        code: 'nothing_to_run',
      })
      expect(other.reader.owner()?.released).toBe(true)
    })

    it('waits for an owner that is there for one change only, and goes before others that come for one', async () => {
      await (await open()).close()
      const place = { path, clock: systemClock, owner: processIdentity() }
      const passing = await openSqliteStore({ ...place, passing: true })
      await prepare(passing)
      using other = client()
      expect(isLive(other.reader)).toBe(false)
      const opening = open()
      const db = new DatabaseSync(path)
      const waiting = `SELECT 1 FROM counters WHERE name = 'owner_awaited_until'`
      await vi.waitFor(() => expect(db.prepare(waiting).all()).toHaveLength(1), { timeout: 20_000 })
      await passing.close()
      const asked = other.handIn({ kind: 'cancel', run: 'run-1', task: 'A', reason: 'no' })
      await using store = await opening
      expect(db.prepare(waiting).all()).toEqual([])
      db.close()
      await answerOpenRequests(store, { clock: systemClock, stop: null })
      expect(await asked).toBe(true)
      expect(other.reader.owner()).toMatchObject({ epoch: 3, passing: false, released: false })
    })

    it('leaves a store that somebody waits for to that one, though nobody owns it yet', async () => {
      const store = await open()
      await prepare(store)
      await store.close()
      const db = new Database(path)
      awaitOwnership(db, systemClock.now())
      db.close()
      using other = client(50)
      const asked = other.handIn({ kind: 'cancel', run: 'run-1', task: 'A', reason: 'no' })
      await expect(asked).rejects.toMatchObject({ code: 'store_owned' })
      expect(other.reader.owner()).toMatchObject({ epoch: 1, released: true })
    })

    it('waits for nobody whose clock was set back since', async () => {
      await (await open()).close()
      const db = new Database(path)
      awaitOwnership(db, 100_000)
      const awaited = (at: number): boolean => isAwaited(db, at)
      expect([99_999, 100_000, 100_000 + PASSING_MS - 1, 100_000 + PASSING_MS].map(awaited)).toEqual([
        false,
        true,
        true,
        false,
      ])
      awaitOwnership(db, 50_000)
      expect([50_000, 100_000].map(awaited)).toEqual([true, false])
      db.close()
    })

    it('can be owned four times in a row while another changes something without end', async () => {
      const first = await open()
      await prepare(first)
      await first.close()
      const end = new AbortController()
      const began = Promise.withResolvers<void>()
      const caller = (async () => {
        using other = client()
        while (!end.signal.aborted) {
          await other.handIn({ kind: 'clear_quarantine', file: null, name: null })
          began.resolve()
        }
      })()
      await began.promise
      for (let time = 0; time < 4; time += 1) await (await open()).close()
      end.abort()
      await caller
    })

    it('does not carry out late what nobody waits for any more', async () => {
      await using store = await open()
      await prepare(store)
      using other = client(100)
      const asked = other.handIn({ kind: 'cancel', run: 'run-1', task: 'A', reason: 'no' })
      await expect(asked).rejects.toMatchObject({
        code: 'store_owned',
        message: expect.stringContaining('busy'),
      })
      expect(await store.openRequests()).toEqual([])
      expect(await store.fulfilRequest(1, systemClock.now())).toMatchObject({
        ok: false,
        code: 'store_owned',
      })
      expect((await store.task('run-1', 'A'))?.state.state).toBe('available')
    })

    it('does not carry out what a sender that is gone asked for long ago', async () => {
      await using store = await open()
      await prepare(store)
      const db = new DatabaseSync(path)
      const body = JSON.stringify({ kind: 'cancel', run: 'run-1', task: 'A', reason: 'no' })
      db.prepare('INSERT INTO requests (at, expires_at, body, updated_at) VALUES (1, 2, ?, 1)').run(body)
      db.close()
      await answerOpenRequests(store, { clock: systemClock, stop: null })
      expect(await store.openRequests()).toEqual([])
      expect((await store.task('run-1', 'A'))?.state.state).toBe('available')
    })

    it('answers what it does not know, and goes on with the rest', async () => {
      await using store = await open()
      await prepare(store)
      const db = new DatabaseSync(path)
      const handIn = db.prepare(
        'INSERT INTO requests (at, expires_at, body, updated_at) VALUES (1, 9e15, ?, 1)',
      )
      const cancel = { kind: 'cancel', run: 'run-1', task: 'A', reason: 'no' }
      for (const body of ['{"kind":"from_the_future"}', 'no JSON', JSON.stringify(cancel)]) handIn.run(body)
      await answerOpenRequests(store, { clock: systemClock, stop: null })
      expect(await store.openRequests()).toEqual([])
      const answers = db.prepare('SELECT answer FROM requests ORDER BY id').all()
      db.close()
      const unknown = { ok: false, code: 'store_newer', message: expect.stringContaining('does not know') }
      expect(answers.map(({ answer }) => JSON.parse(String(answer)) as unknown)).toMatchObject([
        unknown,
        unknown,
        { ok: true, value: true },
      ])
    })

    it('lets them read and follow while it writes', async () => {
      const { child } = await otherOwner(60_000)
      using reader = openReader(path) ?? expect.unreachable('the store is there')
      const last = reader.lastEvent()
      await reader.waitForEvent(last, { clock: systemClock, signal: AbortSignal.timeout(20_000) })
      expect(reader.events({ after: last, limit: 1 })).toHaveLength(1)
      const [first, second] = reader.snapshot(() => {
        const before = reader.lastEvent()
        for (const end = Date.now() + 50; Date.now() < end; );
        return [before, reader.lastEvent()]
      })
      expect(second).toBe(first)
      expect(reader.owner()?.identity.pid).toBe(child.pid)
    })
  })
})
