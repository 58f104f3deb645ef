import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { stateUnusable } from '../config/state-directory.ts'
import { ownStore } from '../config/state-place.ts'

/** Stores that lie elsewhere and have work in the objects of the place: whoever takes these away asks them all. */
const FILE = 'stores.json'

/** Notes a store that work in the place is recorded in. Call it only as who has the place. */
export function noteStore(directory: string, db: string): void {
  const known = storesOf(directory)
  if (known.includes(db)) return
  const elsewhere = [...known, db].filter((each) => each !== ownStore(directory) && existsSync(each))
  try {
    writeFileSync(join(directory, FILE), JSON.stringify(elsewhere), { mode: 0o600 })
  } catch (cause) {
    throw stateUnusable(`the state directory ${directory}`, cause)
  }
}

/** All stores with work in the place. */
export function storesOf(directory: string): string[] {
  return [ownStore(directory), ...noted(directory)]
}

function noted(directory: string): string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(readFileSync(join(directory, FILE), 'utf8')))
  } catch {
    // None was noted, or a crash cut the list off: the next run in such a store notes it again.
    return []
  }
}
