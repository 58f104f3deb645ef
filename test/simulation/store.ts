import type { ProcessIdentity } from '../../src/runtime/process-identity.ts'
import { OrchestratorError } from '../../src/errors.ts'
import { heedClock } from '../../src/store/clock-set-back.ts'
import { Database } from '../../src/store/database.ts'
import { executeGroup, onlyReads, type Request, thrownError } from '../../src/store/group.ts'
import { migrate } from '../../src/store/migrate.ts'
import type { Answer, Args, OperationName } from '../../src/store/operation.ts'
import { lastEvent } from '../../src/store/queries-events.ts'
import {
  awaitOwnership,
  keepOwner,
  type OwnerRecord,
  PASSING_MS,
  readOwner,
  releaseOwner,
  takeOwner,
} from '../../src/store/queries-owner.ts'
import { REQUEST_SQL } from '../../src/store/queries-requests.ts'
import { NoRoom } from '../../src/store/sqlite-errors.ts'
import { SqliteStore } from '../../src/store/sqlite-store.ts'
import type { Store, StoreRequestBody } from '../../src/store/store.ts'
import type { Reply } from '../../src/store/thread-messages.ts'
import { FailingDatabase } from './failing-database.ts'
import type { Faults } from './faults.ts'
import type { Weather } from './scenario.ts'
import type { Scheduler, SimulatedProcess } from './scheduler.ts'

const LEASE_MS = 30_000
/** How long who asks for something waits for the answer. */
export const REQUEST_MS = 30_000
/** How long a full disk stays full, how long it is waited for, and how often somebody looks. */
const LONGEST_FULL_MS = 20_000
const ROOM_MS = 5_000
const ROOM_LOOK_MS = 1_000
/** More than most groups write. */
const MOST_WRITES = 30
/** How often who waits for the store looks whether it is free. */
const OWNER_LOOK_MS = 1_000
/** Pages of a large store are checked before it is taken. */
const LONGEST_CHECK_MS = 3_000
/** How long the owner takes at most to notice what was handed in. */
const REQUEST_POLL_MS = 50

/** A database in memory that outlives every process of a simulation: after a crash it holds the last committed group. */
export class SimulatedDisk implements Disposable {
  readonly #path: string
  readonly reader: Database
  /** Of all processes: a killed one closes none. */
  readonly #connections: Database[] = []
  readonly #onRequest = new Set<() => void>()
  /** Nothing is committed before that. */
  fullUntil = 0

  constructor(name: string, at: number) {
    this.#path = `file:${name}?mode=memory&cache=shared`
    this.reader = new Database(this.#path)
    migrate(this.reader, { at })
  }

  [Symbol.dispose](): void {
    for (const connection of [...this.#connections, this.reader]) connection.close()
  }

  /** Asks whoever owns the store for a change; answers its number. */
  handIn(body: StoreRequestBody, at: number): number {
    const id = this.reader.insert(REQUEST_SQL.handIn, at, at + REQUEST_MS, JSON.stringify(body), at)
    for (const listener of this.#onRequest) listener()
    return id
  }

  /** Called when something was handed in. */
  onRequest(listener: () => void): () => void {
    this.#onRequest.add(listener)
    return () => this.#onRequest.delete(listener)
  }

  /** A connection of its own, as each process has one. */
  connect(scheduler: Scheduler): FailingDatabase {
    const connection = new FailingDatabase(this.#path, () => scheduler.now < this.fullUntil)
    this.#connections.push(connection)
    return connection
  }
}

interface ThreadOptions {
  readonly disk: SimulatedDisk
  readonly scheduler: Scheduler
  readonly process: SimulatedProcess
  readonly faults: Faults
  readonly weather: Pick<Weather, 'diskFails' | 'diskFills' | 'slowestCommitMs'>
}

interface Taking {
  readonly owner: ProcessIdentity
  readonly isDead: (pid: number) => boolean
  /** For one change only. */
  readonly passing: boolean
}

/** As a process opens the store; null where another one has it. */
export async function openSimulatedStore(options: ThreadOptions, taking: Taking): Promise<Store | null> {
  const thread = new SimulatedThread(options)
  const isOurs = await thread.own(taking).catch(async (thrown: unknown) => {
    await thread.close()
    throw thrown
  })
  if (isOurs) return new SqliteStore(thread)
  await thread.close()
  return null
}

/** An owner is dead, has let go, was silent for longer than its lease, or has one of a clock that was set back since. */
export function isFreeFrom(
  owner: OwnerRecord | null,
  { wall, isDead }: { readonly wall: number; readonly isDead: (pid: number) => boolean },
): boolean {
  if (owner === null || owner.released || isDead(owner.identity.pid)) return true
  return wall >= owner.leaseUntil || owner.leaseUntil > wall + LEASE_MS
}

interface Waiter {
  readonly request: Request
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** The owner's thread of the store, in the scheduler's hands: the same groups, the same operations, on a real database. */
class SimulatedThread {
  readonly #options: ThreadOptions
  readonly #db: FailingDatabase
  readonly #stopped = new AbortController()
  readonly #eventListeners = new Set<() => void>()
  readonly #requestListeners = new Set<() => void>()
  #waiting: Waiter[] = []
  #isCommitting = false
  #epoch = 0
  #lastEvent = 0
  #nextId = 1
  /** Since when the disk is full. */
  #fullSince: number | null = null

  constructor(options: ThreadOptions) {
    this.#options = options
    this.#db = options.disk.connect(options.scheduler)
  }

  /** Whether the store is this process's now. Who wants to stay waits for those who come for one change only. */
  async own(taking: Taking): Promise<boolean> {
    const { scheduler, faults } = this.#options
    for (const end = scheduler.now + PASSING_MS; ; ) {
      const before = readOwner(this.#db)
      const isOver = scheduler.now >= end
      if (this.#isFree(before, taking)) {
        await this.#pass('store.own', scheduler.between(0, LONGEST_CHECK_MS))
        const now = readOwner(this.#db)
        // The real program ends who was silent, so that nobody speaks up again before it is taken.
        if (now?.epoch === before?.epoch && !this.#isFree(now, taking)) continue
        if (this.#take(before, taking)) return true
        faults.note('somebody else was faster at taking the store')
        if (!isOver) continue
      }
      if (taking.passing || before?.passing !== true || isOver) return false
      faults.note('a run waits for who changes something')
      this.#db.transaction(() => awaitOwnership(this.#db, scheduler.wall))
      await this.#pass('store.await', scheduler.between(1, OWNER_LOOK_MS))
    }
  }

  #isFree(owner: OwnerRecord | null, { isDead }: Taking): boolean {
    return isFreeFrom(owner, { wall: this.#options.scheduler.wall, isDead })
  }

  #take(before: OwnerRecord | null, { owner, passing }: Taking): boolean {
    const at = this.#options.scheduler.wall
    const seenAt = (before?.leaseUntil ?? at) - LEASE_MS
    const epoch = this.#db.transaction(() => {
      const taken = takeOwner(this.#db, { owner, after: before?.epoch ?? 0, leaseMs: LEASE_MS, passing, at })
      if (taken !== null) heedClock(this.#db, { seenAt, at })
      return taken
    })
    if (epoch === null) return false
    this.#epoch = epoch
    void this.#renew()
    const stopListening = this.#options.disk.onRequest(() => void this.#noticeRequest())
    this.#stopped.signal.addEventListener('abort', stopListening, { once: true })
    return true
  }

  get lastEvent(): number {
    return this.#lastEvent
  }

  get isEnded(): boolean {
    return this.#stopped.signal.aborted
  }

  call<Name extends OperationName>(name: Name, args: Args<Name>): Promise<Answer<Name>> {
    if (this.isEnded) return Promise.reject(new OrchestratorError('store_unavailable', 'it is closed'))
    return new Promise((resolve, reject) => {
      const request = { id: this.#nextId++, name, args: structuredClone(args) as readonly unknown[] }
      this.#waiting.push({ request, resolve: resolve as (value: unknown) => void, reject })
      void this.#commit()
    })
  }

  onEvents(listener: () => void): () => void {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }

  onRequests(listener: () => void): () => void {
    this.#requestListeners.add(listener)
    return () => this.#requestListeners.delete(listener)
  }

  async close(): Promise<void> {
    if (this.isEnded) return
    this.#stopped.abort()
    try {
      if (this.#epoch > 0) this.#db.transaction(() => releaseOwner(this.#db, this.#epoch))
    } finally {
      this.#db.close()
      for (const listener of this.#eventListeners) listener()
    }
  }

  /** Everything that arrived while the last group was written forms the next one; a group that waits for room stays the first. */
  async #commit(): Promise<void> {
    if (this.#isCommitting) return
    this.#isCommitting = true
    while (this.#waiting.length > 0) {
      await this.#pass('store', this.#commitMs())
      const group = this.#waiting
      this.#waiting = []
      const replies = this.#execute(group.map(({ request }) => request))
      if (replies === null) {
        this.#waiting.unshift(...group)
        await this.#pass('store.full', ROOM_LOOK_MS)
        continue
      }
      // Killed here, what is committed stays, and nobody was told.
      await this.#pass(`store.${group.map(({ request }) => request.name).join('+')}`)
      this.#tell(group, replies)
    }
    this.#isCommitting = false
  }

  #commitMs(): number {
    const { scheduler, faults, weather } = this.#options
    const ms = scheduler.between(0, weather.slowestCommitMs)
    if (ms > 2_000) faults.note('a commit takes longer than two seconds')
    if (ms > LEASE_MS) faults.note('a commit takes longer than a lease of the store')
    return ms
  }

  /** As the real thread does. Null where the disk is full: that is waited for, and not for long. */
  #execute(group: readonly Request[]): Reply[] | null {
    const { scheduler } = this.#options
    const ownership = { epoch: this.#epoch, leaseMs: LEASE_MS, at: scheduler.wall }
    if (onlyReads(group)) return structuredClone(executeGroup(this.#db, group, ownership))
    const fails = this.#drawFailures()
    try {
      const replies = structuredClone(executeGroup(this.#db, group, ownership))
      this.#fullSince = null
      if (fails && replies.every(({ ok }) => ok))
        this.#options.faults.note('a group is undone and carried out again')
      return replies
    } catch (thrown) {
      if (!(thrown instanceof NoRoom)) throw thrown
      this.#fullSince ??= scheduler.now
      if (scheduler.now - this.#fullSince < ROOM_MS) return null
      return group.map(({ id }) => ({ id, ok: false, error: thrownError(thrown) }))
    } finally {
      // What was not come to does not come later.
      this.#db.fail([])
    }
  }

  /** Mostly once: a group that failed is carried out once more. */
  #drawFailures(): boolean {
    const { scheduler, disk, faults, weather } = this.#options
    if (faults.strikes('the disk is full', weather.diskFills))
      disk.fullUntil = scheduler.now + scheduler.between(1_000, LONGEST_FULL_MS)
    if (!faults.strikes('the disk fails', weather.diskFails)) return false
    this.#db.fail(
      Array.from({ length: scheduler.chance(0.25) ? 2 : 1 }, () => ({
        behind: scheduler.between(0, MOST_WRITES),
        endsTransaction: scheduler.chance(0.5),
      })),
    )
    return true
  }

  #tell(group: readonly Waiter[], replies: readonly Reply[]): void {
    for (const [at, { resolve, reject }] of group.entries()) {
      const reply = replies[at]
      if (reply?.ok === true) resolve(reply.value)
      else if (reply !== undefined) {
        if (reply.error.code === 'store_owned')
          this.#options.faults.note('an owner that was taken over wakes up and writes')
        reject(new OrchestratorError(reply.error.code, reply.error.message))
      }
    }
    const last = this.isEnded ? this.#lastEvent : lastEvent(this.#db)
    if (last <= this.#lastEvent) return
    this.#lastEvent = last
    for (const listener of this.#eventListeners) listener()
  }

  async #renew(): Promise<void> {
    while (!this.isEnded) {
      await this.#pass('store.renew', Math.floor(LEASE_MS / 3), this.#stopped.signal)
      if (this.isEnded) return
      const { scheduler } = this.#options
      const ownership = { epoch: this.#epoch, leaseMs: LEASE_MS, at: scheduler.wall }
      try {
        this.#db.transaction(() => keepOwner(this.#db, ownership))
      } catch (thrown) {
        if (thrownError(thrown).code === 'store_owned') return
      }
    }
  }

  async #noticeRequest(): Promise<void> {
    const { scheduler } = this.#options
    await this.#pass('store.request', scheduler.between(0, REQUEST_POLL_MS), this.#stopped.signal)
    if (this.isEnded) return
    for (const listener of this.#requestListeners) listener()
  }

  #pass(door: string, ms = 0, signal?: AbortSignal): Promise<void> {
    return this.#options.scheduler.wait(this.#options.process, door, ms, signal)
  }
}
