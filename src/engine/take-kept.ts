import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { stateUnusable } from '../config/state-directory.ts'
import { ownStore, type StatePlace } from '../config/own-store.ts'
import { isOfPlace } from '../config/stores-of-place.ts'
import { OrchestratorError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Exec } from '../runtime/exec.ts'
import { createExec } from '../runtime/exec-open.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { realPath } from '../runtime/real-path.ts'
import { Scope } from '../runtime/scope.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { hasNoRoom } from '../store/sqlite-errors.ts'
import type { SqliteStore } from '../store/sqlite-store.ts'
import { removeDanglingLink, removeLeftLog, removeStoreFiles } from '../store/store-file.ts'
import { requireOurStore } from './our-store.ts'
import { isUsedByOthers, takePlace } from './place-in-use.ts'
import { hasCode } from '../runtime/has-code.ts'

/** What a process has that puts things away; disposed, it is free for others. */
interface Kept extends AsyncDisposable {
  readonly exec: Exec
  /** By path: the store that is configured, and that of the place itself. */
  readonly stores: ReadonlyMap<string, KeptStore>
}

/** `foreign`: nothing is there, and what lies beside it may be anybody's. */
type KeptStore = SqliteStore | 'none' | 'foreign' | 'unusable'

/**
 * The configured store comes first: who works with it is named by it. Then the place, and what killed runs left in it is ended.
 * `andOwn`: then the place's own store, where another one is configured. Throws `state_unusable`, `store_owned`, `place_in_use`.
 */
export async function takeKept(place: StatePlace, { andOwn = false } = {}): Promise<Kept> {
  const { directory, db } = place
  await using scope = new Scope()
  const ownerId = systemClock.id(16)
  const exec = createExec({ ownerId })
  const taking = { ownerId, scope }
  const stores = new Map([[db, await takeStore(taking, place)]])
  // Where nothing was ever kept there is nobody.
  if (existsSync(directory)) {
    const user = { ownerId, db: typeof stores.get(db) === 'object' ? db : null }
    scope.add('place', await takePlaceWhereRoom(exec, directory, user))
  }
  const own = ownStore(directory)
  if (andOwn && realPath(own) !== realPath(db))
    stores.set(own, await takeStore(taking, { directory, db: own }))
  const taken = scope.move()
  return { exec, stores, [Symbol.asyncDispose]: () => taken.release() }
}

/** One that we own is nobody else's until it is gone. Where there was none, one that was made since is somebody's. */
export async function removeStore({ stores }: Kept, db: string): Promise<void> {
  const store = stores.get(db) ?? 'foreign'
  if (store === 'foreign') return
  if (store === 'none') removeLeftLog(db)
  else if (store === 'unusable') removeStoreFiles(db)
  else await store.remove()
  removeDanglingLink(db)
}

/** One after the other. Throws `state_unusable`. */
export async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths)
    await usable(path, () => rm(path, { recursive: true, force: true, maxRetries: 3 }))
}

/** Tells why something of the state cannot be removed: `state_unusable`. */
export async function usable(path: string, remove: () => Promise<void>): Promise<void> {
  try {
    await remove()
  } catch (cause) {
    throw stateUnusable(path, cause)
  }
}

interface Taking {
  readonly ownerId: string
  readonly scope: Scope
}

async function takeStore({ ownerId, scope }: Taking, place: StatePlace): Promise<KeptStore> {
  requireOurStore(place)
  if (!existsSync(place.db)) return isOfPlace(place) ? 'none' : 'foreign'
  const store = await openIfUsable(place, ownerId)
  if (store !== 'unusable') scope.add('store', () => store.close())
  return store
}

/** Unusable things go all the same: room is made by it on a full disk, and what is damaged may be what a person is removing. */
async function openIfUsable(
  { directory, db }: StatePlace,
  ownerId: string,
): Promise<SqliteStore | 'unusable'> {
  try {
    return await openSqliteStore({ path: db, clock: systemClock, owner: processIdentity() })
  } catch (thrown) {
    // From the thread of the store it comes without its class.
    const code = thrown instanceof OrchestratorError ? thrown.code : null
    const isUnusable = code === 'store_corrupt' || (code === 'store_unavailable' && hasNoRoom(db))
    if (!isUnusable || (await isUsedByOthers(directory, ownerId))) throw thrown
    return 'unusable'
  }
}

/** Where the disk is too full to say who works there: removing things is what makes room. */
async function takePlaceWhereRoom(...taking: Parameters<typeof takePlace>): Promise<() => Promise<void>> {
  try {
    return await takePlace(...taking)
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.cause : null
    const isFull = hasCode(cause, 'ENOSPC')
    const [, directory, { ownerId }] = taking
    if (isFull && !(await isUsedByOthers(directory, ownerId))) return () => Promise.resolve()
    throw thrown
  }
}
