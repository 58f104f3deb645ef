import { createHash } from 'node:crypto'
import type { BlobId, CommitId, TreeId } from '../../src/domain/evidence.ts'
import { formatCommit } from '../../src/git/commit-object.ts'
import type {
  CommitFacts,
  CommitRequest,
  MergeOutcome,
  TreeChanges,
  TreeDiff,
  TreeEntry,
  TreeFiles,
} from '../../src/git/git.ts'
import { objectOfTree } from './tree-object.ts'

/** A repository as it lies on its disk: objects and refs that outlive every process. Ids are those that git gives. */
export class SimulatedRepository {
  readonly #blobs = new Map<BlobId, Buffer>()
  readonly #trees = new Map<TreeId, TreeFiles>()
  readonly #commits = new Map<CommitId, CommitFacts>()
  /** Full names of branches and of the notes, to commits; fences, to their tokens. */
  readonly refs = new Map<string, CommitId>()
  readonly fences = new Map<string, string>()
  readonly notes = new Map<CommitId, string>()
  /** Branches that a person has checked out, with the place of the work tree. */
  readonly workTrees = new Map<string, string>()
  readonly emptyTree: TreeId = this.#tree(new Map())

  files(tree: TreeId): TreeFiles {
    return found(this.#trees.get(tree), `tree ${tree}`)
  }

  blob(id: BlobId): Buffer {
    return found(this.#blobs.get(id), `blob ${id}`)
  }

  commit(id: CommitId): CommitFacts {
    return found(this.#commits.get(id), `commit ${id}`)
  }

  /** The commit that a revision names: an id, a full ref, a branch, HEAD. */
  resolve(revision: string): CommitId | null {
    if (this.#commits.has(revision)) return revision
    return this.refs.get(revision) ?? this.refs.get(`refs/heads/${revision}`) ?? null
  }

  compose(base: TreeId, changes: TreeChanges): TreeId {
    const files = new Map(this.files(base))
    for (const [path, change] of changes) {
      if (change === null) files.delete(path)
      else files.set(path, 'id' in change ? change : { mode: change.mode, id: this.#blob(change.content) })
    }
    return this.#tree(files)
  }

  diff(from: TreeId, to: TreeId): TreeDiff {
    const [before, after] = [this.files(from), this.files(to)]
    return [...new Set([...before.keys(), ...after.keys()])]
      .toSorted()
      .map((path) => ({ path, before: before.get(path) ?? null, after: after.get(path) ?? null }))
      .filter((entry) => !sameEntry(entry.before, entry.after))
  }

  makeCommit(request: CommitRequest): CommitId {
    const id = idOf('commit', formatCommit(request))
    const { tree, parents, author, at, message } = request
    this.#commits.set(id, { id, tree, parents, author, authoredAt: Math.floor(at / 1000) * 1000, message })
    return id
  }

  firstParents(from: CommitId | null, to: CommitId, limit = Infinity): CommitId[] {
    const left = from === null ? new Set<CommitId>() : this.reach(from)
    const line: CommitId[] = []
    for (let at: CommitId | undefined = to; at !== undefined && line.length < limit; ) {
      if (left.has(at)) break
      line.push(at)
      at = this.commit(at).parents[0]
    }
    return line.toReversed()
  }

  isAncestor(ancestor: CommitId, descendant: CommitId): boolean {
    return this.reach(descendant).has(ancestor)
  }

  /** Of files as a whole: what both sides changed to something else is in conflict, and left as ours has it. */
  merge(ours: CommitId, theirs: CommitId): MergeOutcome {
    const base = this.files(this.#mergeBase(ours, theirs))
    const [left, right] = [ours, theirs].map((commit) => this.files(this.commit(commit).tree)) as [
      TreeFiles,
      TreeFiles,
    ]
    const merged = new Map(left)
    const paths: string[] = []
    for (const path of new Set([...left.keys(), ...right.keys(), ...base.keys()])) {
      const [was, mine, other] = [base.get(path), left.get(path), right.get(path)]
      if (sameEntry(other, was) || sameEntry(other, mine)) continue
      if (!sameEntry(mine, was)) paths.push(path)
      else if (other === undefined) merged.delete(path)
      else merged.set(path, other)
    }
    const tree = this.#tree(merged)
    return paths.length === 0 ? { kind: 'clean', tree } : { kind: 'conflict', tree, paths: paths.toSorted() }
  }

  #mergeBase(ours: CommitId, theirs: CommitId): TreeId {
    const common = [...this.reach(ours)].filter((commit) => this.reach(theirs).has(commit))
    const best = common.filter((commit) =>
      common.every((other) => other === commit || !this.isAncestor(commit, other)),
    )
    if (best.length > 1) throw new Error('the simulation knows no criss-cross history')
    return best[0] === undefined ? this.emptyTree : this.commit(best[0]).tree
  }

  /** The commit and all that it is made of. */
  reach(from: CommitId): Set<CommitId> {
    const reached = new Set<CommitId>()
    const open = [from]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (reached.has(at)) continue
      reached.add(at)
      open.push(...this.commit(at).parents)
    }
    return reached
  }

  #blob(content: Uint8Array): BlobId {
    const bytes = Buffer.from(content)
    const id = idOf('blob', bytes)
    this.#blobs.set(id, bytes)
    return id
  }

  #tree(files: TreeFiles): TreeId {
    const sorted = new Map([...files].toSorted(([one], [other]) => (one < other ? -1 : 1)))
    const id = objectOfTree(sorted, (raw) => idOf('tree', raw))
    this.#trees.set(id, sorted)
    return id
  }
}

function idOf(kind: string, content: Uint8Array): string {
  return createHash('sha1').update(`${kind} ${content.length}\0`).update(content).digest('hex')
}

function sameEntry(one: TreeEntry | null | undefined, other: TreeEntry | null | undefined): boolean {
  return one?.id === other?.id && one?.mode === other?.mode
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`)
  return value
}
