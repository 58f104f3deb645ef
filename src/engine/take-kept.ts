import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { stateUnusable } from '../config/state-directory.ts'
import type { StatePlace } from '../config/own-store.ts'
import { OrchestratorError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { Scope } from '../runtime/scope.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { hasNoRoom } from '../store/sqlite-errors.ts'
import type { SqliteStore } from '../store/sqlite-store.ts'
import { removeDanglingLink, removeLeftLog, removeStoreFiles } from '../store/store-file.ts'
import { isPlaceInUse, takePlace } from './place-in-use.ts'

/** What a process has that puts things away; disposed, it is free for others. */
interface Kept extends AsyncDisposable {
  readonly store: KeptStore
}

type KeptStore = SqliteStore | 'none' | 'unusable'

/**
 * The store comes first: who works with it is named by it. Then the place, and what killed runs left in it is ended. Throws
 * `store_owned`, `place_in_use`.
 */
export async function takeKept({ directory, db }: StatePlace): Promise<Kept> {
  await using scope = new Scope()
  const store = existsSync(db) ? await openIfUsable({ directory, db }) : 'none'
  if (typeof store === 'object') scope.add('store', () => store.close())
  // Where nothing was ever kept there is nobody.
  if (existsSync(directory)) {
    const ownerId = systemClock.id(16)
    const user = { ownerId, db: typeof store === 'object' ? db : null }
    scope.add('place', await takePlaceWhereRoom(createExec({ ownerId }), directory, user))
  }
  const taken = scope.move()
  return { store, [Symbol.asyncDispose]: () => taken.release() }
}

/** One that we own is nobody else's until it is gone. Where there was none, one that was made since is somebody's. */
export async function removeStore(store: KeptStore, db: string): Promise<void> {
  if (store === 'none') removeLeftLog(db)
  else if (store === 'unusable') removeStoreFiles(db)
  else await store.remove()
  removeDanglingLink(db)
}

export function removeAll(path: string): Promise<void> {
  return usable(path, () => rm(path, { recursive: true, force: true, maxRetries: 3 }))
}

/** Tells why something of the state cannot be removed: `state_unusable`. */
export async function usable(path: string, remove: () => Promise<void>): Promise<void> {
  try {
    await remove()
  } catch (cause) {
    throw stateUnusable(path, cause)
  }
}

/** Unusable things go all the same: room is made by it on a full disk, and what is damaged may be what a person is removing. */
async function openIfUsable({ directory, db }: StatePlace): Promise<SqliteStore | 'unusable'> {
  try {
    return await openSqliteStore({ path: db, clock: systemClock, owner: processIdentity() })
  } catch (thrown) {
    // From the thread of the store it comes without its class.
    const code = thrown instanceof OrchestratorError ? thrown.code : null
    const isUnusable = code === 'store_corrupt' || (code === 'store_unavailable' && hasNoRoom(db))
    if (!isUnusable || (await isPlaceInUse(directory))) throw thrown
    return 'unusable'
  }
}

/** Where the disk is too full to say who works there: removing things is what makes room. */
async function takePlaceWhereRoom(...taking: Parameters<typeof takePlace>): Promise<() => Promise<void>> {
  try {
    return await takePlace(...taking)
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.cause : null
    const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC'
    if (isFull && !(await isPlaceInUse(taking[1]))) return () => Promise.resolve()
    throw thrown
  }
}
