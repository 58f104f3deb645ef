import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { stateUnusable } from './state-directory.ts'
import { STORE_IS_SET_BY } from './places.ts'
import { ownStore, type StatePlace } from './own-store.ts'
import { OrchestratorError } from '../errors.ts'
import { realPath } from '../runtime/real-path.ts'
import { writeWhole } from '../runtime/write-whole.ts'

/** Stores that lie elsewhere and have work in the objects of the place: whoever takes these away asks them all. */
const FILE = 'stores.json'

/**
 * Notes a store that work in the place is recorded in. Call it only as who has the place. Throws `state_unusable`, and
 * `repository_other` where the store is that of another repository.
 */
export async function noteStore(directory: string, db: string): Promise<void> {
  const known = storesElsewhere(directory)
  // A list that cannot be read must not become one that can: others are missing in it.
  if (known === null || isOfPlace({ directory, db })) return
  // Somebody may have listed it since it was asked.
  requireOwn(directory, db)
  await writeList(directory, [...known, realPath(db)])
}

/** Whether it is the place's own store, or one that work in the place was recorded in. */
export function isOfPlace({ directory, db }: StatePlace): boolean {
  return [ownStore(directory), ...(storesElsewhere(directory) ?? [])].some(isSame(db))
}

/**
 * Holds that a store is not that of another repository, as one is that a shell sets for all of them: the first that lists it has
 * it. Throws `repository_other`.
 */
export function requireOwn(directory: string, db: string): void {
  const isIt = isSame(db)
  if (storesElsewhere(directory)?.some(isIt) === true) return
  for (const other of otherPlaces(directory)) {
    if (!isIt(ownStore(other)) && storesElsewhere(other)?.some(isIt) !== true) continue
    throw new OrchestratorError('repository_other', `the store ${db} has the work of another repository`, {
      hint: `Name another one here: ${STORE_IS_SET_BY}. What is kept for that repository lies in ${other}; where the repository is gone for good, take the store off ${FILE} there, if it lists it.`,
    })
  }
}

/** By whatever path one comes to it. */
function isSame(db: string): (other: string) => boolean {
  const store = realPath(db)
  return (other) => realPath(other) === store
}

function otherPlaces(directory: string): string[] {
  const places = dirname(directory)
  try {
    const others = readdirSync(places).map((name) => join(places, name))
    return others.filter((other) => other !== directory)
  } catch {
    // There is none yet, or this one was given where no others may be looked at.
    return []
  }
}

/** Takes a store off the list that is to be removed. Call it only as who has the place. Throws `state_unusable`. */
export async function forgetStore(directory: string, db: string): Promise<void> {
  const known = storesElsewhere(directory)
  const isIt = isSame(db)
  if (known?.some(isIt) !== true) return
  const others = known.filter((each) => !isIt(each))
  await writeList(directory, others)
}

/** Why nobody can say what work is in the place; null where all stores that have some can be asked. */
export function whyUnknown(directory: string): string | null {
  const list = join(directory, FILE)
  const known = storesElsewhere(directory)
  if (known === null) return `${list}, which names the stores that have work here, cannot be read`
  const missing = known.find((db) => !existsSync(db))
  if (missing === undefined) return null
  return `the store ${missing}, which has work here, is not there; where it is gone for good, take it out of ${list}`
}

/** The one that is configured now, and all that work in the place was recorded in before, as far as that can be read. */
export function storesOf({ directory, db }: StatePlace): string[] {
  return [...new Set([db, ownStore(directory), ...(storesElsewhere(directory) ?? [])].map(realPath))]
}

/** The stores that lie elsewhere; null where the list of them cannot be read. */
function storesElsewhere(directory: string): string[] | null {
  try {
    return z.array(z.string()).parse(JSON.parse(readFileSync(join(directory, FILE), 'utf8')))
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT' ? [] : null
  }
}

async function writeList(directory: string, stores: readonly string[]): Promise<void> {
  try {
    await writeWhole(join(directory, FILE), JSON.stringify(stores))
  } catch (cause) {
    throw stateUnusable(`the state directory ${directory}`, cause)
  }
}
