import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { requireWritableState, stateUnusable } from '../config/state-directory.ts'
import { transcriptsBeside } from '../config/transcript-place.ts'
import { OrchestratorError } from '../errors.ts'
import { createGitCommand } from '../git/git-command.ts'
import { removeSlots } from '../git/open-trees.ts'
import { ownRefs, removeOwnRefs } from '../git/own-refs.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { sizeOf } from '../runtime/size-of.ts'
import { openReader, type StoreReader } from '../store/reader.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { hasNoRoom, NoRoom } from '../store/sqlite-errors.ts'
import type { Store } from '../store/store.ts'
import { isPlaceInUse, takePlace } from './place-in-use.ts'
import { storesOf as storesOfPlace } from './stores-of-place.ts'

interface KeptPlace {
  /** The state directory of the repository. */
  readonly directory: string
  readonly db: string
}

/** Something that is kept, how much room it takes, and what becomes of it. */
interface KeptThing {
  readonly name: string
  readonly paths: readonly string[]
  readonly bytes: number
  readonly remove: boolean
  /** Why it stays; null when it goes. */
  readonly kept: string | null
}

/** What `clean` would do. With `history`, stores and objects go too, unless work in them has not landed. */
export async function cleaningPlan(
  place: KeptPlace,
  options: { readonly history: boolean },
): Promise<KeptThing[]> {
  const at = (...names: readonly string[]): string[] => names.map((name) => join(place.directory, name))
  const why = options.history ? historyNeeded(place) : 'history; --history removes it, too'
  const things = [
    {
      name: 'trees of agents and proofs',
      paths: at('slots', 'slot-records', 'setup-images', 'agent-packs'),
      kept: null,
    },
    { name: 'temporary files', paths: at('git-temp', 'benches', 'program'), kept: null },
    { name: 'logs of background runs', paths: at('logs'), kept: null },
    { name: 'reports of runs', paths: at('reports'), kept: why },
    { name: 'transcripts of agents', paths: [transcriptsBeside(place.db)], kept: why },
    { name: 'git objects of tasks', paths: at('objects.git'), kept: why },
    { name: 'store', paths: storeFiles(place.db), kept: why },
  ]
  return Promise.all(
    things.map(async (thing) => ({
      ...thing,
      remove: thing.kept === null,
      bytes: (await Promise.all(thing.paths.map(sizeOf))).reduce((sum, bytes) => sum + bytes, 0),
    })),
  )
}

/** Carries a plan out. Refuses while somebody works in the place, whatever store that is recorded in. */
export async function clean(place: KeptPlace, plan: readonly KeptThing[]): Promise<void> {
  requireWritableState(place.directory)
  const going = plan.filter(({ remove }) => remove).flatMap(({ paths }) => paths)
  await alone(place, {
    asOwner: async () => {
      await removeSlots(place.directory)
      for (const path of going) if (!isStoreFile(place.db, path)) await removeAll(path)
    },
    atLast: async () => {
      for (const path of going) await removeAll(path)
    },
  })
}

/** What `uninstall` removes from a repository and this machine. */
interface Uninstalling {
  readonly directory: string
  readonly bytes: number
  readonly refs: readonly string[]
  /** By run: tasks whose accepted work has not landed and would be gone. */
  readonly unlanded: readonly string[]
}

interface UninstallRequest {
  readonly place: KeptPlace
  readonly gitDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export async function uninstallPlan(request: UninstallRequest): Promise<Uninstalling> {
  const { place, gitDir } = request
  return {
    directory: place.directory,
    bytes: (await Promise.all([place.directory, ...outside(place)].map(sizeOf))).reduce((a, b) => a + b, 0),
    refs: await ownRefs(gitOf(request), gitDir),
    unlanded: storesOf(place).flatMap(unlandedTasks),
  }
}

/** Removes the state directory and our own refs; branches and notes stay. Refuses while somebody works there. */
export async function uninstall(request: UninstallRequest): Promise<void> {
  const { place, gitDir } = request
  const git = gitOf(request)
  requireWritableState(place.directory)
  await alone(place, {
    asOwner: async () => {
      await removeOwnRefs(git, gitDir, await ownRefs(git, gitDir))
      await removeSlots(place.directory)
    },
    atLast: async () => {
      for (const path of [place.directory, ...outside(place)]) await removeAll(path)
    },
  })
}

interface PuttingAway {
  /** While the store is ours: only its owner may take away what a run works with. */
  readonly asOwner: () => Promise<void>
  /** Once it is closed, and before anybody else may work in the place. */
  readonly atLast: () => Promise<void>
}

/** The store comes first: who works with it is named by it. Then the place, and what killed runs left in it is ended. */
async function alone(place: KeptPlace, { asOwner, atLast }: PuttingAway): Promise<void> {
  await using store = existsSync(place.db) ? await openWhereRoom(place) : null
  const giveBack = await takeKept(place)
  try {
    await asOwner()
    await store?.close()
    await atLast()
  } finally {
    await giveBack()
  }
}

/** Where nothing was ever kept there is nobody. */
async function takeKept({ directory, db }: KeptPlace): Promise<() => Promise<void>> {
  if (!existsSync(directory)) return () => Promise.resolve()
  const ownerId = systemClock.id(16)
  return takePlaceWhereRoom(createExec({ ownerId }), directory, { ownerId, db })
}

/** Where the disk is too full to say who works there: removing things is what makes room. */
async function takePlaceWhereRoom(...taking: Parameters<typeof takePlace>): Promise<() => Promise<void>> {
  try {
    return await takePlace(...taking)
  } catch (thrown) {
    const isFull = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC'
    if (isFull && !(await isPlaceInUse(taking[1]))) return () => Promise.resolve()
    throw stateUnusable(`the state directory ${taking[1]}`, thrown)
  }
}

/** Null where the disk is too full for a store to be opened and nobody works there: removing things is what makes room. */
async function openWhereRoom({ directory, db }: KeptPlace): Promise<Store | null> {
  try {
    return await openSqliteStore({ path: db, clock: systemClock, owner: processIdentity() })
  } catch (thrown) {
    // From the thread of the store it comes without its class.
    const isFull = thrown instanceof OrchestratorError && thrown.code === 'store_unavailable' && hasNoRoom(db)
    if (!isFull || (await isPlaceInUse(directory))) throw thrown
    return null
  }
}

/** Why what is kept of the past is still needed; null when it is not. */
function historyNeeded(place: KeptPlace): string | null {
  return (
    storesOf(place)
      .map(neededIn)
      .find((why) => why !== null) ?? null
  )
}

/** The one that is configured now, and all that work in the place was recorded in before. */
function storesOf({ directory, db }: KeptPlace): string[] {
  return [...new Set([db, ...storesOfPlace(directory)])]
}

function neededIn(db: string): string | null {
  try {
    using reader = openReader(db)
    return reader === null ? null : neededBy(reader)
  } catch (thrown) {
    if (thrown instanceof NoRoom)
      return 'the disk is too full to read what is in it; clean without --history first'
    throw thrown
  }
}

function neededBy(reader: StoreReader): string | null {
  const unfinished = reader.unfinishedRun()
  if (unfinished !== null) return `run ${unfinished.id} has not ended`
  const unlanded = reader.runIds().flatMap((run) => reader.unlanded(run))
  if (unlanded.length === 0) return null
  return `accepted work of ${unlanded.slice(0, SHOWN).join(', ')}${unlanded.length > SHOWN ? ' and others' : ''} has not landed`
}

const SHOWN = 5

function unlandedTasks(db: string): string[] {
  try {
    using reader = openReader(db)
    return reader === null ? [] : reader.runIds().flatMap((run) => reader.unlanded(run))
  } catch (thrown) {
    // A damaged store cannot say; it is what a person may be removing.
    if (thrown instanceof OrchestratorError && !(thrown instanceof NoRoom)) return []
    throw thrown
  }
}

function storeFiles(db: string): string[] {
  return ['', '-wal', '-shm'].map((ending) => `${db}${ending}`)
}

function isStoreFile(db: string, path: string): boolean {
  return storeFiles(db).includes(path)
}

/** A store that was configured to lie elsewhere. */
function outside(place: KeptPlace): string[] {
  if (place.db.startsWith(`${place.directory}/`)) return []
  return [...storeFiles(place.db), transcriptsBeside(place.db)]
}

function gitOf({ env }: UninstallRequest) {
  return createGitCommand({ exec: createExec({ ownerId: systemClock.id(16) }), env, cwd: '/' })
}

async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch (cause) {
    throw stateUnusable(path, cause)
  }
}
