import { dirname } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { makeStateDirectory } from '../config/state-directory.ts'
import { systemClock } from '../runtime/clock.ts'
import { heedClock } from './clock-set-back.ts'
import { Database } from './database.ts'
import { requireNotEmptied } from './emptied-store.ts'
import { executeGroup, onlyReads, type Ownership, type Request, thrownError } from './group.ts'
import { checkPages, migrate } from './migrate.ts'
import { schemaVersion } from './schema-version.ts'
import { NEWEST_VERSION } from './migrations/newest.ts'
import { refuseOtherProgram } from './other-program.ts'
import { lastEvent } from './queries-events.ts'
import {
  awaitOwnership,
  checkEpoch,
  keepOwner,
  type OwnerRecord,
  readOwner,
  releaseOwner,
  takeOwner,
} from './queries-owner.ts'
import { REQUEST_SQL } from './queries-requests.ts'
import { salvageHint } from './salvage-text.ts'
import { NoRoom } from './sqlite-errors.ts'
import { createFile, OpenFile, removeStoreFiles, savedBeside } from './store-file.ts'
import type { ControlCall, Reply, ThreadCall, ThreadData, ThreadNews } from './thread-messages.ts'
import { requireReadableRows } from './unreadable-rows.ts'
import { requireWholeLog, undoUnfinished } from './whole-log.ts'
import { requireWholeSchema } from './whole-schema.ts'

/** Most operations in one transaction: bounds how long the first of them waits for the last. */
const LARGEST_GROUP = 512
/** Pages of the log before they are written to the database: fewer times than by default, for a larger file beside it. */
const CHECKPOINT_PAGES = 8_000
/** Beyond what so many pages take, the log is cut off once it is begun anew: a large group makes it larger. */
const KEPT_LOG_BYTES = 32 * 1024 * 1024
/** How long a full disk is waited for: an agent that filled it is ended within less, and what it wrote is removed. */
const ROOM_MS = 5_000
const ROOM_LOOK_MS = 100

/** The owner's thread: it alone writes the store. Nothing in it awaits, so no transaction is ever interrupted. */
class StoreThread {
  readonly #port: MessagePort
  readonly #data: ThreadData
  readonly #waiting: Request[] = []
  readonly #timers: NodeJS.Timeout[] = []
  #scheduled = false
  #db: Database | null = null
  #file: OpenFile | null = null
  #epoch = 0
  #seenVersion = -1
  #lastEvent = 0
  /** Since when the disk is full; what is asked for once that was waited for is refused at once. */
  #fullSince: number | null = null
  /** What was saved of a store that is damaged. */
  #salvage: string | null = null
  /** Until the thread ends: who closes a store last writes its log into it, and removes that by its name. */
  readonly #kept: Database[] = []

  constructor(port: MessagePort, data: ThreadData) {
    this.#port = port
    this.#data = data
  }

  listen(): void {
    this.#port.on('message', (call: ThreadCall) => this.#receive(call))
  }

  #receive(call: ThreadCall): void {
    if (call.kind === 'operations') {
      for (const each of call.calls) this.#waiting.push(each)
      this.#schedule()
      return
    }
    // What was handed in before is committed before.
    while (this.#waiting.length > 0) this.#commitGroup({ waits: false })
    this.#send([this.#control(call)])
    if (call.kind === 'close' || call.kind === 'remove') this.#port.close()
  }

  /** Everything that arrived while the last group was written forms the next one. */
  #schedule(afterMs = 0): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const commit = (): void => {
      this.#scheduled = false
      this.#commitGroup({ waits: true })
      if (this.#waiting.length > 0) this.#schedule()
    }
    if (afterMs === 0) setImmediate(commit)
    else setTimeout(commit, afterMs)
  }

  /** `waits`: where the disk is full, for room; a group that is carried out again has the same place among the others. */
  #commitGroup({ waits }: { readonly waits: boolean }): void {
    const group = this.#waiting.splice(0, LARGEST_GROUP)
    if (group.length === 0) return
    const db = this.#db
    if (db === null) return this.#send(refused(group, new Error('the store is not open')))
    const gone = onlyReads(group) ? null : (this.#file?.whyGone() ?? null)
    if (gone !== null) return this.#send(refused(group, gone))
    const ownership = { epoch: this.#epoch, leaseMs: this.#data.leaseMs, at: systemClock.now() }
    const replies = this.#executed(db, { group, ownership, waits })
    if (replies !== null) this.#send(replies)
  }

  /** Null where the group waits for room. */
  #executed(
    db: Database,
    { group, ownership, waits }: { group: readonly Request[]; ownership: Ownership; waits: boolean },
  ): Reply[] | null {
    try {
      const replies = executeGroup(db, group, ownership)
      if (!onlyReads(group)) this.#fullSince = null
      return replies
    } catch (thrown) {
      if (!(thrown instanceof NoRoom)) throw thrown
      this.#fullSince ??= systemClock.monotonic()
      const isOver = !waits || systemClock.monotonic() - this.#fullSince >= ROOM_MS
      if (isOver) return refused(group, thrown)
      this.#waiting.unshift(...group)
      this.#schedule(ROOM_LOOK_MS)
      return null
    }
  }

  #control(call: ControlCall): Reply {
    try {
      return { id: call.id, ok: true, value: this.#perform(call) }
    } catch (thrown) {
      return { id: call.id, ok: false, error: thrownError(thrown) }
    }
  }

  #perform(call: ControlCall): unknown {
    switch (call.kind) {
      case 'open':
        return this.#open()
      case 'own':
        return this.#own(call)
      case 'await':
        return this.#await()
      case 'close':
        return this.#close()
      default:
        return this.#remove()
    }
  }

  /** Opens the file, only to read, and answers who owns it. Again: who owns it now. */
  #open(): OwnerRecord | null {
    const { path } = this.#data
    if (this.#db === null) {
      requireNotEmptied(path)
      refuseOtherProgram(path)
      makeStateDirectory(dirname(path))
      createFile(path)
      // Before anything is read of it: what is found there later is judged by this.
      this.#file = new OpenFile(path)
      undoUnfinished(path)
      requireWholeLog(path)
    }
    const db = (this.#db ??= new Database(path, { readOnly: true }))
    return schemaVersion(db) === 0 ? null : readOwner(db)
  }

  #await(): void {
    const db = new Database(this.#data.path, { existing: true })
    try {
      db.transaction(() => awaitOwnership(db, systemClock.now()))
    } finally {
      db.close()
    }
  }

  /** Only once nothing is wrong with it is it opened to be written: who closes it last writes its log into it. */
  #own({ owner, after, passing }: Extract<ControlCall, { kind: 'own' }>): number | null {
    const looked = this.#opened()
    // Whoever wrote it may have been ended since it was looked at.
    requireWholeLog(looked.path)
    checkPages(looked)
    requireWholeSchema(looked)
    // Else each run would write to it, meet the same row, and save another state.
    if (!passing && savedBeside(looked.path).length > 0) requireReadableRows(looked)
    const db = (this.#db = this.#reopened(looked))
    if (db === null) return null
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL')
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    db.exec(`PRAGMA journal_size_limit = ${KEPT_LOG_BYTES}`)
    const at = systemClock.now()
    if (schemaVersion(db) === 0) migrate(db, { at })
    const { leaseMs } = this.#data
    const seenAt = (readOwner(db)?.leaseUntil ?? at) - leaseMs
    // With the lease goes what it tells of the clock: together, where the tables are as they will be.
    const isNewest = schemaVersion(db) === NEWEST_VERSION
    const epoch = db.transaction(() => {
      const taken = takeOwner(db, { owner, after, leaseMs, passing, at })
      if (taken !== null && isNewest) heedClock(db, { seenAt, at })
      return taken
    })
    if (epoch === null) return null
    this.#epoch = epoch
    migrate(db, { at })
    if (!isNewest) db.transaction(() => heedClock(db, { seenAt, at }))
    this.#timers.push(setInterval(() => this.#renew(), Math.max(1, Math.floor(leaseMs / 3))))
    this.#timers.push(setInterval(() => this.#lookForRequests(), this.#data.requestPollMs))
    return epoch
  }

  /** To be written. Null where the file is another one by now, whose owner is to be asked in turn. */
  #reopened(looked: Database): Database | null {
    try {
      const db = new Database(looked.path, { existing: true })
      if (this.#file?.whyGone() === null) return db
      db.close()
    } catch (thrown) {
      if (this.#file?.whyGone() === null) throw thrown
    } finally {
      looked.close()
    }
    return null
  }

  /** A renewal that fails is tried again; every transaction checks by itself whether the store is still ours. */
  #renew(): void {
    try {
      const db = this.#opened()
      const ownership = { epoch: this.#epoch, leaseMs: this.#data.leaseMs, at: systemClock.now() }
      db.transaction(() => keepOwner(db, ownership))
    } catch (thrown) {
      if (thrownError(thrown).code === 'store_owned') this.#stopTimers()
    }
  }

  /** The data version moves only when another connection wrote. */
  #lookForRequests(): void {
    try {
      const db = this.#opened()
      const version = Number(db.get('PRAGMA data_version')?.['data_version'])
      if (version === this.#seenVersion) return
      this.#seenVersion = version
      if (db.get(REQUEST_SQL.hasOpen) !== null) this.#tell({ kind: 'requests' })
    } catch {
      // The next look comes soon, and a store that stays unreadable is told by the next operation.
      this.#seenVersion = -1
    }
  }

  #close(): void {
    this.#stopTimers()
    const db = this.#db
    this.#db = null
    if (db === null) return
    if (this.#salvage !== null) {
      // Left as it is.
      this.#kept.push(...keptOpen(db.path))
      return db.close()
    }
    try {
      if (this.#epoch > 0) db.transaction(() => releaseOwner(db, this.#epoch))
    } finally {
      db.close()
    }
  }

  /** Never given back: whoever has the file open, too, finds an owner that answers nothing any more. */
  #remove(): void {
    this.#stopTimers()
    const db = this.#opened()
    this.#db = null
    try {
      const gone = this.#file?.whyGone() ?? null
      if (gone !== null) throw gone
      const at = systemClock.now()
      db.transaction(() => checkEpoch(db, { epoch: this.#epoch, leaseMs: this.#data.leaseMs, at }))
      removeStoreFiles(db.path)
    } finally {
      db.close()
    }
  }

  #stopTimers(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
  }

  #opened(): Database {
    if (this.#db === null) throw new Error('the store is not open')
    return this.#db
  }

  #send(replies: readonly Reply[]): void {
    this.#tell({
      kind: 'replies',
      replies: replies.map((reply) => this.#withSalvage(reply)),
      lastEvent: this.#newestEvent(),
    })
  }

  #newestEvent(): number {
    try {
      if (this.#db !== null && this.#epoch > 0) this.#lastEvent = lastEvent(this.#db)
    } catch {
      // Damage behind a commit does not take its answers away; who reads the events next is told.
    }
    return this.#lastEvent
  }

  /** Whoever meets damage is told what was saved. */
  #withSalvage(reply: Reply): Reply {
    if (reply.ok || reply.error.damage === null) return reply
    this.#salvage ??= salvageHint(this.#data.path, reply.error.damage, systemClock.now())
    return { ...reply, error: { ...reply.error, hint: this.#salvage } }
  }

  #tell(news: ThreadNews): void {
    this.#port.postMessage(news)
  }
}

function refused(group: readonly Request[], thrown: unknown): Reply[] {
  const error = thrownError(thrown)
  return group.map(({ id }) => ({ id, ok: false, error }))
}

/** For reading. None where it cannot even be read: then it is not written into either. */
function keptOpen(path: string): Database[] {
  try {
    const db = new Database(path, { readOnly: true })
    db.get('SELECT count(*) FROM sqlite_schema')
    return [db]
  } catch {
    return []
  }
}

if (parentPort !== null) new StoreThread(parentPort, workerData as ThreadData).listen()
