import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { stateUnusable } from './state-directory.ts'
import { STORE_IS_SET_BY } from './places.ts'
import { ownStore, type StatePlace } from './own-store.ts'
import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'
import { isGone } from '../runtime/is-gone.ts'
import { leadsNowhere, realPath } from '../runtime/real-path.ts'
import { writeWhole } from '../runtime/write-whole.ts'
import { hasCode } from '../runtime/has-code.ts'

/** Stores that lie elsewhere and have work in the objects of the place: whoever takes these away asks them all. */
export const STORES_FILE = 'stores.json'

/** One that is being removed is listed until it is gone: where that is interrupted, nobody waits for it to come back. */
const listShape = z.array(z.union([z.string(), z.strictObject({ removing: z.string() })]))
type Listed = z.infer<typeof listShape>[number]

/**
 * Notes a store that work in the place is recorded in. Call it only as who has the place. Throws `state_unusable`, and
 * `repository_other` where the store is that of another repository.
 */
export async function noteStore(directory: string, db: string): Promise<void> {
  const known = readList(directory)
  // A list that cannot be read must not become one that can: others are missing in it.
  if (known === null || isSame(db)(ownStore(directory))) return
  if (known.some((listed) => typeof listed === 'string' && isSame(db)(listed))) return
  // Somebody may have listed it since it was asked.
  requireOwn(directory, db)
  await writeList(directory, [...without(known, db), realPath(db)])
}

/** Whether it is the place's own store, or one that work in the place was recorded in. */
export function isOfPlace({ directory, db }: StatePlace): boolean {
  return [ownStore(directory), ...(readList(directory) ?? []).map(pathOf)].some(isSame(db))
}

/**
 * Holds that a store is not that of another repository, as one is that a shell sets for all of them: the first that lists it has
 * it. Throws `repository_other`.
 */
export function requireOwn(directory: string, db: string): void {
  if (isOfPlace({ directory, db })) return
  const isIt = isSame(db)
  for (const other of otherPlaces(directory, db)) {
    if (![ownStore(other), ...(readList(other) ?? []).map(pathOf)].some(isIt)) continue
    if (basename(other) === basename(directory)) throw atOtherPlace(db, other)
    throw new OrchestratorError('repository_other', `the store ${db} has the work of another repository`, {
      hint: `Name another one here: ${STORE_IS_SET_BY}. What is kept for that repository lies in ${other}; where the repository is gone for good, take the store off ${STORES_FILE} there, if it lists it.`,
    })
  }
}

/**
 * Holds that a store that has work in the place was not lost: one that is begun in its stead would know nothing of the work, and
 * what only that one needs would be removed. Throws `state_unusable`.
 */
export function requireNotLost(directory: string, db: string): void {
  const why = whyLost(directory, db)
  if (why === null) return
  throw new OrchestratorError('state_unusable', why, {
    hint: `Nothing was begun. A disk may not be mounted; or put a backup there, or name another store: ${STORE_IS_SET_BY}.`,
  })
}

function whyLost(directory: string, db: string): string | null {
  if (!isGone(db)) return null
  const isIt = isSame(db)
  const own = ownStore(directory)
  if (isIt(own)) return leadsNowhere(own) ? whyUnlinked(own) : null
  const known = readList(directory)
  if (known === null) return whyUnreadable(directory)
  const lost = lostStores(known).find(isIt)
  return lost === undefined ? null : whyMissing(directory, lost)
}

/** The places of a repository have the same name in every state directory. */
function atOtherPlace(db: string, other: string): OrchestratorError {
  const what = `the store ${db} has work of this repository that lies in another state directory`
  return new OrchestratorError('repository_other', what, {
    hint: `Name that one, too: TDD_STATE_DIRECTORY=${shellWord(dirname(other))}`,
  })
}

/** By whatever path one comes to it. */
function isSame(db: string): (other: string) => boolean {
  const store = realPath(db)
  return (other) => realPath(other) === store
}

/** Those beside this one, and that which the store lies in, wherever it is. */
function otherPlaces(directory: string, db: string): string[] {
  const places = dirname(directory)
  const around = dirname(realPath(db))
  const others = namesIn(places).map((name) => join(places, name))
  if (existsSync(join(around, OBJECTS))) others.push(around)
  return others.filter((other) => realPath(other) !== realPath(directory))
}

/** What every place has in which something was worked. */
const OBJECTS = 'objects.git'

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    // Not there yet, or where nobody may look.
    return []
  }
}

/**
 * Removes a store, and takes it off the list once it is removed. Call it only as who has the place. Throws `state_unusable`, and
 * what `remove` throws: the store stays listed as one whose removal began.
 */
export async function removeListed(
  directory: string,
  db: string,
  remove: () => Promise<void>,
): Promise<void> {
  // A link goes with what it leads to.
  const at = realPath(db)
  await relist(directory, at, { removing: at })
  await remove()
  // One that stands there now was left, since it is somebody's.
  await relist(directory, at, isGone(at) ? null : at)
}

async function relist(directory: string, db: string, listed: Listed | null): Promise<void> {
  const known = readList(directory)
  if (known?.some((each) => isSame(db)(pathOf(each))) !== true) return
  await writeList(directory, [...without(known, db), ...(listed === null ? [] : [listed])])
}

/** Why nobody can say what work is in the place; none where all stores that have some can be asked. */
export function whyUnknown({ directory, db }: StatePlace): string[] {
  const known = readList(directory)
  if (known === null) return [whyUnreadable(directory)]
  const going = known.filter((listed) => typeof listed !== 'string').map(pathOf)
  const unlinked = [...new Set([db, ownStore(directory)])].filter(
    (path) => leadsNowhere(path) && !going.includes(realPath(path)),
  )
  const missing = lostStores(known).map((path) => whyMissing(directory, path))
  return [...unlinked.map(whyUnlinked), ...missing]
}

function whyUnreadable(directory: string): string {
  return `${join(directory, STORES_FILE)}, which names the stores that have work here, cannot be read`
}

function whyUnlinked(link: string): string {
  return `the store that the link ${link} leads to is not there; where it is gone for good, remove the link`
}

function whyMissing(directory: string, store: string): string {
  return `the store ${store}, which has work here, is not there; where it is gone for good, take it out of ${join(directory, STORES_FILE)}`
}

/** Those that nobody removed by this program. */
function lostStores(known: readonly Listed[]): string[] {
  return known.filter((listed) => typeof listed === 'string').filter(isGone)
}

/**
 * The one that is configured now, and all that work in the place was recorded in before, as far as that can be read; none whose
 * removal was interrupted once its file was gone.
 */
export function storesOf({ directory, db }: StatePlace): string[] {
  const known = readList(directory) ?? []
  const gone = known.filter((listed) => !isStanding(listed)).map(pathOf)
  const stores = new Set([db, ownStore(directory), ...known.map(pathOf)].map(realPath))
  return [...stores].filter((store) => !gone.includes(store))
}

/** False for one that was removed, except for its name in the list. */
function isStanding(listed: Listed): boolean {
  return typeof listed === 'string' || !isGone(listed.removing)
}

function readList(directory: string): Listed[] | null {
  try {
    return listShape.parse(JSON.parse(readFileSync(join(directory, STORES_FILE), 'utf8')))
  } catch (thrown) {
    return hasCode(thrown, 'ENOENT') ? [] : null
  }
}

function pathOf(listed: Listed): string {
  return typeof listed === 'string' ? listed : listed.removing
}

function without(known: readonly Listed[], db: string): Listed[] {
  const isIt = isSame(db)
  return known.filter((listed) => !isIt(pathOf(listed)))
}

async function writeList(directory: string, stores: readonly Listed[]): Promise<void> {
  try {
    await writeWhole(join(directory, STORES_FILE), JSON.stringify(stores))
  } catch (cause) {
    throw stateUnusable(`the state directory ${directory}`, cause)
  }
}
