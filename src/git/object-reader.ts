import type { BlobId, CommitId, TreeId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { ByteQueue } from './byte-queue.ts'
import { parseCommit } from './commit-object.ts'
import type { CommitFacts, TreeDiff, TreeEntry, TreeFiles } from './git.ts'
import { type GitCommand, gitFailed } from './git-command.ts'
import { Recent } from './recent.ts'
import { type AnswerReader, Session } from './session.ts'
import { parseTree, TREE_MODE, type TreeRow } from './tree-object.ts'

export interface ObjectReader {
  /** What kind of object an id or a full name stands for, or null. */
  find(name: string): Promise<{ readonly id: string; readonly type: string } | null>
  commit(id: CommitId): Promise<CommitFacts>
  blob(id: BlobId): Promise<Buffer>
  /** Null for one of more bytes. */
  smallBlob(id: BlobId, bytes: number): Promise<Buffer | null>
  /** The rows of one tree, by name. Do not change them. */
  rows(tree: TreeId): Promise<readonly TreeRow[]>
  /** The entry at a path, subtrees included, or null. */
  entry(tree: TreeId, path: string): Promise<TreeEntry | null>
  files(tree: TreeId): Promise<TreeFiles>
  diff(from: TreeId | null, to: TreeId | null): Promise<TreeDiff>
  close(): Promise<void>
}

/** A larger blob is refused, before it is read. */
const MAX_BLOB_BYTES = 512 * 1024 * 1024
const CACHED_ROWS = 300_000
const CACHED_FILES = 400_000
const CACHED_COMMITS = 4_000

export function openObjectReader(git: GitCommand, gitDir: string, idBytes: number): ObjectReader {
  return new CatFile(git, gitDir, idBytes)
}

type Answer = (Header & { readonly body?: Buffer }) | { readonly kind: 'missing' }

class CatFile implements ObjectReader {
  readonly #session: Session
  readonly #idBytes: number
  readonly #rows = new Recent<Promise<readonly TreeRow[]>>(CACHED_ROWS)
  readonly #files = new Recent<TreeFiles>(CACHED_FILES)
  readonly #commits = new Recent<CommitFacts>(CACHED_COMMITS)

  constructor(git: GitCommand, gitDir: string, idBytes: number) {
    this.#idBytes = idBytes
    this.#session = new Session({
      name: 'cat-file',
      start: () => git.session({ args: ['cat-file', '--batch-command'], gitDir }),
    })
  }

  async find(name: string): Promise<{ id: string; type: string } | null> {
    if (/[\n\0]/.test(name)) return null
    const answer = await this.#session.ask(`info ${name}\n`, infoReader)
    return answer.kind === 'missing' ? null : { id: answer.id, type: answer.type }
  }

  async commit(id: CommitId): Promise<CommitFacts> {
    const known = this.#commits.get(id)
    if (known !== undefined) return known
    const facts = parseCommit(id, await this.#contents(id, 'commit'))
    this.#commits.set(id, facts)
    return facts
  }

  blob(id: BlobId): Promise<Buffer> {
    return this.#contents(id, 'blob')
  }

  async smallBlob(id: BlobId, bytes: number): Promise<Buffer | null> {
    const answer = await this.#session.ask(`info ${id}\n`, infoReader)
    return answer.kind === 'object' && answer.bytes > bytes ? null : await this.blob(id)
  }

  rows(tree: TreeId): Promise<readonly TreeRow[]> {
    const known = this.#rows.get(tree)
    if (known !== undefined) return known
    const reading = this.#readRows(tree)
    this.#rows.set(tree, reading)
    return reading
  }

  async entry(tree: TreeId, path: string): Promise<TreeEntry | null> {
    let found: TreeEntry | null = { mode: TREE_MODE, id: tree }
    for (const name of path.split('/')) {
      if (found?.mode !== TREE_MODE) return null
      const rows = await this.rows(found.id)
      found = rows.find((row) => row.name === name) ?? null
    }
    return found === null ? null : { mode: found.mode, id: found.id }
  }

  async files(tree: TreeId): Promise<TreeFiles> {
    const known = this.#files.get(tree)
    if (known !== undefined) return known
    const files = new Map<string, TreeEntry>()
    await this.#collect(tree, '', files)
    this.#files.set(tree, files, files.size + 1)
    return files
  }

  async diff(from: TreeId | null, to: TreeId | null): Promise<TreeDiff> {
    const changes: TreeDiff[number][] = []
    await this.#compare({ before: from, after: to, prefix: '' }, changes)
    return changes.sort((left, right) => (left.path < right.path ? -1 : 1))
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  async #contents(id: string, type: string): Promise<Buffer> {
    if (!/^[0-9a-f]+$/.test(id)) throw gitFailed(`not an object id: ${JSON.stringify(id)}`)
    const answer = await this.#session.ask(`contents ${id}\n`, contentsReader)
    if (answer.kind === 'missing') {
      throw new OrchestratorError('git_failed', `the ${type} ${id} is not in the repository`, {
        hint: 'A partial clone lacks objects: "git fetch --refetch --no-filter" gets them. Otherwise "git fsck" tells what is lost.',
      })
    }
    if (answer.type !== type || answer.body === undefined) {
      throw new OrchestratorError('git_failed', `${id} is a ${answer.type}, not a ${type}`)
    }
    return answer.body
  }

  async #readRows(tree: TreeId): Promise<readonly TreeRow[]> {
    try {
      const rows = parseTree(await this.#contents(tree, 'tree'), this.#idBytes)
      this.#rows.set(tree, Promise.resolve(rows), rows.length + 1)
      return rows
    } catch (reason) {
      this.#rows.delete(tree)
      throw reason
    }
  }

  async #collect(tree: TreeId, prefix: string, files: Map<string, TreeEntry>): Promise<void> {
    const rows = await this.rows(tree)
    // Ask for all subtrees before waiting for one.
    const below = rows.filter((row) => row.mode === TREE_MODE)
    await Promise.all(below.map((row) => this.rows(row.id)))
    for (const row of rows) {
      if (row.mode === TREE_MODE) await this.#collect(row.id, `${prefix}${row.name}/`, files)
      else files.set(prefix + row.name, { mode: row.mode, id: row.id })
    }
  }

  async #compare(pair: ComparedTrees, changes: TreeDiff[number][]): Promise<void> {
    if (pair.before === pair.after) return
    const [before, after] = await Promise.all([this.#namedRows(pair.before), this.#namedRows(pair.after)])
    const below: ComparedTrees[] = []
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const left = before.get(name) ?? null
      const right = after.get(name) ?? null
      if (left?.id === right?.id && left?.mode === right?.mode) continue
      const path = pair.prefix + name
      const file = { path, before: fileOf(left), after: fileOf(right) }
      if (file.before !== null || file.after !== null) changes.push(file)
      const trees = { before: treeOf(left), after: treeOf(right), prefix: `${path}/` }
      if (trees.before !== null || trees.after !== null) below.push(trees)
    }
    await Promise.all(below.map((trees) => this.#compare(trees, changes)))
  }

  async #namedRows(tree: TreeId | null): Promise<ReadonlyMap<string, TreeRow>> {
    return new Map(tree === null ? [] : (await this.rows(tree)).map((row) => [row.name, row]))
  }
}

interface ComparedTrees {
  readonly before: TreeId | null
  readonly after: TreeId | null
  readonly prefix: string
}

function fileOf(row: TreeRow | null): TreeEntry | null {
  return row === null || row.mode === TREE_MODE ? null : { mode: row.mode, id: row.id }
}

function treeOf(row: TreeRow | null): TreeId | null {
  return row?.mode === TREE_MODE ? row.id : null
}

/** `info` answers with one line: `<id> <type> <bytes>`, or `<name> missing`. */
function infoReader(): AnswerReader<Answer> {
  return (input) => {
    const line = input.takeLine()
    return line === null ? null : (headerOf(line) ?? { kind: 'missing' })
  }
}

/** `contents` answers with the same line, and with a body and a line feed when the object is there. */
function contentsReader(): AnswerReader<Answer> {
  let header: Header | null = null
  return (input: ByteQueue) => {
    if (header === null) {
      const line = input.takeLine()
      if (line === null) return null
      header = headerOf(line)
      if (header === null) return { kind: 'missing' }
      if (header.bytes > MAX_BLOB_BYTES) {
        throw new OrchestratorError(
          'git_failed',
          `object ${header.id} has ${header.bytes} bytes, too many to read`,
        )
      }
    }
    const body = input.take(header.bytes + 1)
    return body === null ? null : { ...header, body: body.subarray(0, header.bytes) }
  }
}

interface Header {
  readonly kind: 'object'
  readonly id: string
  readonly type: string
  readonly bytes: number
}

function headerOf(line: string): Header | null {
  const match = /^([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) (\d+)$/.exec(line)
  return match === null ? null : { kind: 'object', id: match[1]!, type: match[2]!, bytes: Number(match[3]) }
}
