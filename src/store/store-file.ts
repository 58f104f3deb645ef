import { closeSync, existsSync, openSync, readdirSync, rmSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { STORE_IS_SET_BY } from '../config/places.ts'
import { stateUnusable } from '../config/state-directory.ts'
import { leadsNowhere, realPath } from '../runtime/real-path.ts'
import { OrchestratorError } from '../errors.ts'

/**
 * Makes a file for its owner alone where there is none: SQLite would make it for everybody, and gives files beside it the
 * mode of this one. Throws `state_unusable`.
 */
export function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (cause) {
    throw stateUnusable(`the store ${path}`, cause)
  }
}

/** Throws `state_unusable` where something else than a file stands: to open a pipe would wait for ever, and a device keeps nothing. */
export function requireRegularFile(path: string): void {
  const found = lookAt(path, path)
  if (found === undefined || found.isFile()) return
  const what = found.isDirectory() ? 'it is a directory' : 'it is a pipe, a socket or a device'
  throw new OrchestratorError(
    'state_unusable',
    `the store ${path} cannot be used: ${what}, and a file is needed`,
    { hint: `Name another place for the store: ${STORE_IS_SET_BY}.` },
  )
}

/**
 * Throws `state_unusable` where a link leads to no store: its disk may not be there, and one that is begun in its place would know
 * nothing of the work that is recorded in it.
 */
export function requireLinkedStore(path: string): void {
  if (!leadsNowhere(path)) return
  throw new OrchestratorError(
    'state_unusable',
    `the link ${path} leads to ${realPath(path)}, and no store is there`,
    {
      hint: `A disk may not be mounted. Where the store is gone for good, or was never begun, remove the link, or name another place: ${STORE_IS_SET_BY}.`,
    },
  )
}

/** What stands at a store or at a file beside it, if anything. Throws `state_unusable` where that cannot be told. */
export function lookAt(file: string, store: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (cause) {
    throw stateUnusable(`the store ${store}`, cause)
  }
}

/** A store, and what SQLite keeps beside its file, wherever a link to that stands. */
export function storeFiles(path: string): string[] {
  return ENDINGS.map((ending) => `${realPath(path)}${ending}`)
}

/** In the order in which they go: a file that lost its log is not noticed, and while a log is there nobody makes a new file. */
const ENDINGS = ['', '-shm', '-journal', '-wal']

/** What was saved of a damaged store. */
export function savedBeside(path: string): string[] {
  return namesBeside(path, /^\.salvaged-[0-9a-f]{8}(-wal|-shm|-journal)?$/)
}

/** What was being saved of a damaged store when that was interrupted. */
export function halfSaved(path: string): string[] {
  return namesBeside(path, /^\.salvaging-[0-9A-Za-z]{6}$/)
}

/** What a store was before its schema was brought up, also where making the copy was interrupted. */
export function copiesOfEarlier(path: string): string[] {
  return namesBeside(path, /^\.schema-\d+\.bak(\.making)?$/)
}

/** Files of a person may begin alike. */
function namesBeside(path: string, ending: RegExp): string[] {
  const file = realPath(path)
  const directory = dirname(file)
  if (!existsSync(directory)) return []
  const own = basename(file)
  const names = readdirSync(directory).filter(
    (name) => name.startsWith(own) && ending.test(name.slice(own.length)),
  )
  return names.map((name) => join(directory, name))
}

/** Removes the files that are there now: where one is gone, somebody may begin a new store, which has others. */
export function removeStoreFiles(path: string): void {
  try {
    const found = storeFiles(path).map((file) => ({ file, was: lookAt(file, path)?.ino }))
    for (const { file, was } of found)
      if (was !== undefined && lookAt(file, path)?.ino === was) rmSync(file, { force: true })
  } catch (cause) {
    throw stateUnusable(`the store ${path}`, cause)
  }
}

/** A link that led to a store, or to its directory, which was removed. Throws `state_unusable`. */
export function removeDanglingLink(path: string): void {
  if (!leadsNowhere(path)) return
  try {
    rmSync(path, { force: true })
  } catch (cause) {
    throw stateUnusable(`the link ${path}`, cause)
  }
}

/** What is left beside a store that is gone: while its log is there, nobody makes a new one. */
export function removeLeftLog(path: string): void {
  const log = `${realPath(path)}-wal`
  if (existsSync(path) || (lookAt(log, path)?.size ?? 0) === 0) return
  removeStoreFiles(path)
}

/** The file that a store is written in, wherever its path leads by now. */
export class OpenFile {
  readonly #path: string
  readonly #opened: Stats | undefined

  constructor(path: string) {
    this.#path = path
    this.#opened = lookAt(path, path)
  }

  /** What is written to a file that no name leads to is lost: `store_unavailable`. Null while it stands where it stood. */
  whyGone(): OrchestratorError | null {
    let now: Stats | undefined
    try {
      now = lookAt(this.#path, this.#path)
    } catch (thrown) {
      if (thrown instanceof OrchestratorError) return thrown
      throw thrown
    }
    if (now !== undefined && now.ino === this.#opened?.ino && now.dev === this.#opened.dev) return null
    return new OrchestratorError(
      'store_unavailable',
      `The store ${this.#path} was removed or replaced while it was in use.`,
      {
        hint: 'What landed is in the target branch. Put a backup of the store there and enter orchestrator run --resume, or hand the plan in again.',
      },
    )
  }
}
