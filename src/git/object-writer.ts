import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobId, CommitId, TreeId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import { type SignatureHeader, formatCommit } from './commit-object.ts'
import type { CommitRequest, TreeChanges, TreeEntry } from './git.ts'
import type { GitCommand } from './git-command.ts'
import type { ObjectReader } from './object-reader.ts'
import { lineReader, Session } from './session.ts'
import { isTreePath, mktreeRequest, TREE_MODE, type TreeRow } from './tree-object.ts'

/**
 * Makes objects in the private database; each is in its file, and hashed by git itself, when its id comes back.
 * A commit is flushed to the disk with everything made before it, so power may fail after `commit` resolved.
 */
export interface ObjectWriter {
  blob(content: Uint8Array): Promise<BlobId>
  commit(request: CommitRequest): Promise<CommitId>
  compose(base: TreeId, changes: TreeChanges): Promise<TreeId>
  close(): Promise<void>
}

interface ObjectWriterOptions {
  readonly git: GitCommand
  readonly gitDir: string
  /** Where content waits until git has read it. */
  readonly tempParent: string
  readonly reader: ObjectReader
  readonly emptyTree: TreeId
  /** What the header with a commit's signature is called in this object format. */
  readonly signatureHeader: SignatureHeader['name']
}

export async function openObjectWriter(options: ObjectWriterOptions): Promise<ObjectWriter> {
  return new Writer(options, await mkdtemp(join(options.tempParent, 'write-')))
}

/** Contents that wait as files at once. */
const MAX_FILES = 64
/** A larger file is emptied before it waits for its next use. */
const KEPT_FILE_BYTES = 1024 * 1024

/** Blobs and trees are only handed to the disk; the flush of the commit that names them covers them (git's batch mode). */
type SyncMethod = 'writeout-only' | 'fsync'

class Writer implements ObjectWriter {
  readonly #options: ObjectWriterOptions
  readonly #temp: string
  readonly #blobs: Session
  readonly #commits: Session
  readonly #trees: Session
  #files = 0
  readonly #freeFiles: string[] = []
  readonly #waiting: ((name: string) => void)[] = []

  constructor(options: ObjectWriterOptions, temp: string) {
    this.#options = options
    this.#temp = temp
    this.#blobs = this.#session('writeout-only', ['hash-object', '-w', '--no-filters', '--stdin-paths'])
    this.#trees = this.#session('writeout-only', ['mktree', '-z', '--batch', '--missing'])
    const commits = ['hash-object', '-w', '-t', 'commit', '--no-filters', '--stdin-paths'] as const
    this.#commits = this.#session('fsync', commits)
  }

  blob(content: Uint8Array): Promise<BlobId> {
    return this.#hash(this.#blobs, content)
  }

  async commit(request: CommitRequest): Promise<CommitId> {
    if (!Number.isFinite(request.at) || request.at < 0) {
      throw new OrchestratorError('internal', `not a time for a commit: ${request.at}`)
    }
    const content = formatCommit(request)
    const signature = await request.signer?.sign(content, request.committer)
    if (signature === undefined) return await this.#hash(this.#commits, content)
    const { signatureHeader } = this.#options
    return await this.#hash(this.#commits, formatCommit(request, { name: signatureHeader, text: signature }))
  }

  async compose(base: TreeId, changes: TreeChanges): Promise<TreeId> {
    const root = emptyNode()
    const entries = await Promise.all(
      Array.from(changes, async ([path, change]) => [path, await this.#entryOf(change)] as const),
    )
    // Deletions first: a file may take the place of a directory whose files are deleted, and the other way round.
    for (const [path, entry] of entries) if (entry === null) place(root, path, entry)
    for (const [path, entry] of entries) if (entry !== null) place(root, path, entry)
    return (await this.#composeTree(base, root)) ?? this.#options.emptyTree
  }

  async close(): Promise<void> {
    await Promise.all([this.#blobs.close(), this.#commits.close(), this.#trees.close()])
    await rm(this.#temp, { recursive: true, force: true })
  }

  #session(sync: SyncMethod, args: readonly [string, ...string[]]): Session {
    const { git, gitDir } = this.#options
    const settings = ['core.fsync=objects', `core.fsyncMethod=${sync}`]
    return new Session({
      name: args[0],
      start: () => git.session({ args, settings, gitDir, cwd: this.#temp }),
    })
  }

  async #entryOf(
    change: TreeEntry | { mode: string; content: Uint8Array } | null,
  ): Promise<TreeEntry | null> {
    if (change === null || 'id' in change) return change
    return { mode: change.mode, id: await this.blob(change.content) }
  }

  /** The id of the changed tree, or null when nothing is left in it. */
  async #composeTree(base: TreeId | null, node: ChangeNode): Promise<TreeId | null> {
    const rows = new Map<string, TreeRow>()
    for (const row of base === null ? [] : await this.#options.reader.rows(base)) rows.set(row.name, row)
    for (const [name, entry] of node.files) {
      if (entry !== null) rows.set(name, { name, mode: entry.mode, id: entry.id })
      else if (rows.get(name)?.mode !== TREE_MODE) rows.delete(name)
    }
    const below = await Promise.all(
      Array.from(node.directories, async ([name, child]) => {
        const row = rows.get(name)
        const tree = row?.mode === TREE_MODE ? row.id : null
        // Deleting below what is not a directory changes nothing.
        if (tree === null && !child.writes) return null
        return { name, id: await this.#composeTree(tree, child) }
      }),
    )
    for (const child of below) {
      if (child === null) continue
      if (child.id === null) rows.delete(child.name)
      else rows.set(child.name, { name: child.name, mode: TREE_MODE, id: child.id })
    }
    if (rows.size === 0) return null
    return checkedId(await this.#trees.ask(mktreeRequest(rows.values()), lineReader))
  }

  async #hash(session: Session, content: Uint8Array): Promise<string> {
    const name = await this.#takeFile()
    try {
      await writeFile(join(this.#temp, name), content)
      return checkedId(await session.ask(`${name}\n`, lineReader))
    } finally {
      if (content.length > KEPT_FILE_BYTES) await truncate(join(this.#temp, name))
      this.#giveFile(name)
    }
  }

  /** Files are used again: making and deleting one costs as much as all the rest. */
  async #takeFile(): Promise<string> {
    const name = this.#freeFiles.pop()
    if (name !== undefined) return name
    if (this.#files === MAX_FILES) return await new Promise((resolve) => this.#waiting.push(resolve))
    this.#files += 1
    return `content-${this.#files}`
  }

  #giveFile(name: string): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#freeFiles.push(name)
    else next(name)
  }
}

/** Changes by directory, so that each tree is written once. */
interface ChangeNode {
  readonly files: Map<string, TreeEntry | null>
  readonly directories: Map<string, ChangeNode>
  /** Something below is written, not only deleted. */
  writes: boolean
}

function emptyNode(): ChangeNode {
  return { files: new Map(), directories: new Map(), writes: false }
}

function place(root: ChangeNode, path: string, entry: TreeEntry | null): void {
  if (!isTreePath(path)) {
    throw new OrchestratorError('internal', `not a path of a tree: ${JSON.stringify(path)}`)
  }
  const names = path.split('/')
  const last = names.pop() ?? ''
  let node = root
  for (const name of names) {
    if (entry !== null && node.files.has(name)) clearFile(node, name, path)
    const below = node.directories.get(name) ?? emptyNode()
    node.directories.set(name, below)
    if (entry !== null) below.writes = true
    node = below
  }
  if (entry !== null && node.directories.get(last)?.writes === true) {
    throw new OrchestratorError('internal', `${JSON.stringify(path)} would be a file and a directory`)
  }
  if (entry !== null) node.directories.delete(last)
  node.files.set(last, entry)
}

function clearFile(node: ChangeNode, name: string, path: string): void {
  if (node.files.get(name) !== null) {
    throw new OrchestratorError('internal', `a file is in the way of ${JSON.stringify(path)}`)
  }
}

function checkedId(line: string): string {
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(line)) {
    throw new OrchestratorError(
      'git_failed',
      `git answered ${JSON.stringify(line.slice(0, 200))} instead of an id`,
    )
  }
  return line
}
