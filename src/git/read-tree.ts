import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, type FileHandle, open, readlink } from 'node:fs/promises'
import type { TreeId } from '../domain/evidence.ts'
import type { Refusal } from '../domain/verdict.ts'
import { workOff } from './bounded.ts'
import { collidingPaths } from './colliding-paths.ts'
import { diskPath, isLink, isRegular, type Stamp, stampOf } from './disk.ts'
import { ancestorsOf, directoriesOf, SUBMODULE } from './fill-plan.ts'
import type { Git, TreeChanges, TreeEntry, TreeFiles } from './git.ts'
import { isTextName } from './path-rules.ts'
import type { FileRecord } from './slot-contents.ts'
import type { TreeLimits } from './trees.ts'
import type { Walk } from './walk-tree.ts'

interface ReadRequest {
  readonly git: Git
  readonly root: string
  readonly base: TreeId
  /** Files of `base`. */
  readonly files: TreeFiles
  readonly walk: Walk
  readonly limits: TreeLimits
  /** What a file is, when it cannot have changed since it was written or read. */
  readonly known: (path: string, stamp: Stamp) => TreeEntry | null
}

type ReadOutcome =
  | { readonly kind: 'tree'; readonly tree: TreeId; readonly records: Map<string, FileRecord> }
  | { readonly kind: 'forbidden'; readonly refusal: Refusal }

/** Makes a tree of what a walk found. Only what may have changed is opened, and nothing when something is forbidden. */
export async function readWalk(request: ReadRequest): Promise<ReadOutcome> {
  const refusal = forbidden(request)
  if (refusal !== null) return { kind: 'forbidden', refusal }
  const reading = new Reading(request)
  const changed = await reading.run()
  if (changed !== null) return { kind: 'forbidden', refusal: refusalOf([changed]) }
  return { kind: 'tree', tree: reading.tree, records: reading.records }
}

const FILES_AT_ONCE = 16
/** Contents held in memory before they are handed to git. */
const BATCH_BYTES = 32 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024
const MAX_DETAILS = 50
const MAX_PATH_TEXT = 200

type Change = TreeEntry | { readonly mode: string; readonly content: Uint8Array } | null

class Reading {
  readonly records = new Map<string, FileRecord>()
  tree: TreeId
  readonly #request: ReadRequest
  #batch = new Map<string, Change>()
  #batchBytes = 0
  #composing: Promise<void> = Promise.resolve()

  constructor(request: ReadRequest) {
    this.#request = request
    this.tree = request.base
  }

  /** Null when all was read, else what went wrong with which path. */
  async run(): Promise<string | null> {
    const { walk, files, known } = this.#request
    for (const [path, entry] of files) if (!this.#isThere(path, entry)) this.#batch.set(path, null)
    await this.#flush()
    const unread: (readonly [string, Stamp])[] = []
    for (const [path, stamp] of walk.files) {
      const entry = known(path, stamp)
      if (entry === null) unread.push([path, stamp])
      else this.#keep(path, entry, { stamp, content: null })
    }
    let unstable: string | null = null
    await workOff(unread, FILES_AT_ONCE, async ([path, stamp]) => {
      if (unstable !== null) return
      const read = await this.#read(path, stamp)
      if (read === null) unstable = `${shown(path)} changed while it was read`
      else this.#keep(path, read.entry, read)
      if (this.#batchBytes > BATCH_BYTES) await this.#flush()
    })
    await this.#flush()
    return unstable
  }

  #isThere(path: string, entry: TreeEntry): boolean {
    const { walk } = this.#request
    return entry.mode === SUBMODULE ? walk.directories.has(path) : walk.files.has(path)
  }

  #keep(path: string, entry: TreeEntry, read: { stamp: Stamp; content: Buffer | null }): void {
    this.records.set(path, { entry, stamp: read.stamp })
    const before = this.#request.files.get(path)
    if (before?.id === entry.id && before.mode === entry.mode) return
    const isNew = before?.id !== entry.id && read.content !== null
    this.#batch.set(
      path,
      isNew && read.content !== null ? { mode: entry.mode, content: read.content } : entry,
    )
    this.#batchBytes += isNew ? (read.content?.length ?? 0) : 0
  }

  /** One after the other: each batch is put on the tree of the one before. */
  #flush(): Promise<void> {
    const batch: TreeChanges = this.#batch
    this.#batch = new Map()
    this.#batchBytes = 0
    if (batch.size > 0) {
      this.#composing = this.#composing.then(async () => {
        this.tree = await this.#request.git.compose(this.tree, batch)
      })
    }
    return this.#composing
  }

  async #read(path: string, found: Stamp): Promise<Content | null> {
    const place = diskPath(this.#request.root, path)
    const format = this.#request.git.repository.objectFormat
    if (isLink(found)) {
      const content = await readlink(place, { encoding: 'buffer' })
      const hash = blobHash(format, content.length).update(content)
      return { entry: { mode: '120000', id: hash.digest('hex') }, stamp: found, content }
    }
    if ((found.mode & 0o400) === 0) await chmod(place, 0o600 | (found.mode & 0o100))
    const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return await readRegular(file, { found, format })
    } finally {
      await file.close()
    }
  }
}

interface Content {
  readonly entry: TreeEntry
  readonly stamp: Stamp
  readonly content: Buffer
}

/** Null when the file is not the one that was found. */
async function readRegular(
  file: FileHandle,
  request: { readonly found: Stamp; readonly format: 'sha1' | 'sha256' },
): Promise<Content | null> {
  const { found, format } = request
  const stamp = stampOf(await file.stat({ bigint: true }))
  if (!isRegular(stamp) || stamp.ino !== found.ino || stamp.size !== found.size) return null
  const content = Buffer.allocUnsafe(stamp.size)
  const hash = blobHash(format, stamp.size)
  let at = 0
  while (at < content.length) {
    const length = Math.min(CHUNK_BYTES, content.length - at)
    const { bytesRead } = await file.read(content, at, length, at)
    if (bytesRead === 0) return null
    hash.update(content.subarray(at, at + bytesRead))
    at += bytesRead
  }
  const mode = (stamp.mode & 0o100) === 0 ? '100644' : '100755'
  return { entry: { mode, id: hash.digest('hex') }, stamp, content }
}

function blobHash(format: 'sha1' | 'sha256', length: number): ReturnType<typeof createHash> {
  return createHash(format).update(`blob ${length}\0`)
}

function forbidden(request: ReadRequest): Refusal | null {
  const { walk, files } = request
  if (walk.exceeded !== null) {
    return refusalOf([`the tree has ${walk.exceeded}`])
  }
  const facts = Array.from(walk.strange, ([path, what]) => `${shown(path)} is ${what}`)
  const tracked = directoriesOf(files)
  for (const path of walk.directories) {
    if (!isTextName(path) && !tracked.has(path)) facts.push(`${shown(path)} is not text in UTF-8`)
  }
  for (const path of walk.files.keys()) {
    if (!isTextName(path) && !files.has(path)) facts.push(`${shown(path)} is not text in UTF-8`)
  }
  for (const [path, entry] of files) {
    if (entry.mode === SUBMODULE && holdsAnything(walk, path)) {
      facts.push(`${shown(path)} is a submodule and must stay empty`)
    }
  }
  const isOld = (path: string): boolean => files.has(path) || tracked.has(path)
  for (const { path, other } of collidingPaths(
    [...walk.files.keys(), ...ancestorsOf(walk.files.keys())],
    isOld,
  ))
    facts.push(`${shown(path)} is the same as ${shown(other)} but for letter case or Unicode form`)
  return facts.length === 0 ? null : refusalOf(facts.sort())
}

function holdsAnything(walk: Walk, directory: string): boolean {
  const prefix = `${directory}/`
  for (const paths of [walk.files.keys(), walk.directories, walk.dependencies]) {
    for (const path of paths) if (path.startsWith(prefix)) return true
  }
  return false
}

function refusalOf(facts: readonly string[]): Refusal {
  return {
    code: 'forbidden_path',
    fact: facts.length === 1 ? (facts[0] ?? '') : `${facts[0]} (and ${facts.length - 1} more)`,
    hint: 'Leave only regular files and symbolic links that git can hold, within the limits of files and bytes; remove everything else.',
    details: facts.slice(0, MAX_DETAILS),
  }
}

function shown(path: string): string {
  return JSON.stringify(path.length > MAX_PATH_TEXT ? `${path.slice(0, MAX_PATH_TEXT)}…` : path)
}
