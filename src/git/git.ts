import type { BlobId, CommitId, TreeId } from '../domain/evidence.ts'

/**
 * Everything the engine asks of git. Two object databases stand behind it: the user's repository, which is only read
 * except for the refs and objects that `land` puts there, and a private one that borrows the user's objects.
 */
export interface Git {
  readonly repository: RepositoryFacts
  /** The commit a revision names, or null. `revision` may come from a person. */
  resolve(revision: string): Promise<CommitId | null>
  /** Whether the user's repository itself has a commit; what was made here and never landed it lacks. */
  holds(commit: CommitId): Promise<boolean>
  readCommit(commit: CommitId): Promise<CommitFacts>
  /** Commits from `from` (excluded) to `to` along first parents, oldest first. */
  firstParents(from: CommitId | null, to: CommitId, limit?: number): Promise<CommitId[]>
  isAncestor(ancestor: CommitId, descendant: CommitId): Promise<boolean>

  /** All files of a tree: path to entry. Cached; do not change the map. */
  files(tree: TreeId): Promise<TreeFiles>
  readBlob(blob: BlobId): Promise<Buffer>
  /** Null for one of more bytes, which is not read then. */
  readSmallBlob(blob: BlobId, bytes: number): Promise<Buffer | null>
  /** Paths that differ; unchanged subtrees are not read. */
  diff(from: TreeId, to: TreeId): Promise<TreeDiff>
  /** A tree equal to `base` except for `changes`. Writes to the private database only. */
  compose(base: TreeId, changes: TreeChanges): Promise<TreeId>
  /** A commit in the private database, on the disk with all that it names. Nothing there is ever collected. */
  commit(request: CommitRequest): Promise<CommitId>
  /** Three-way merge of two commits without a work tree. */
  mergeTrees(ours: CommitId, theirs: CommitId): Promise<MergeOutcome>

  /** Where a branch is checked out, as work-tree paths; empty when nowhere. */
  checkedOut(branch: string): Promise<string[]>
  /** The branch that keeps one of this name from being made: `a` is in the way of `a/b`, and the other way round. Null where none is. */
  inTheWay(branch: string): Promise<string | null>
  readRef(ref: string): Promise<CommitId | null>
  /** Creates a branch of the user's repository when it does not exist. */
  createBranch(branch: string, at: CommitId): Promise<'created' | 'exists'>
  /** Moves the fence of a target to a blob of our own token by compare-and-swap. */
  takeFence(target: string, token: string): Promise<void>
  /** Puts a landing in place by one reference transaction. Objects are handed over first. */
  land(request: LandRequest): Promise<LandOutcome>
  /** Attaches canonical evidence to a commit in `refs/notes/tdd`. */
  writeNote(commit: CommitId, text: string): Promise<void>
  readNote(commit: CommitId): Promise<string | null>
  /** The author that the user's configuration names, or null. */
  author(): Promise<Person | null>
  /** How the user's configuration signs commits; null where `auto` and it does not. Throws `signing_failed`. */
  signer(mode: 'auto' | 'on'): Promise<Signer | null>
  /** Ends every process this object started; may be called twice. */
  close(): Promise<void>
}

export interface RepositoryFacts {
  /** The main work tree, after resolving links. */
  readonly root: string
  /** The work tree in which the command was typed: `root`, or a linked one. */
  readonly workTree: string
  /** The common git directory. */
  readonly gitDir: string
  /** Stable id of the repository on this machine; names its state directory. */
  readonly id: string
  readonly objectFormat: 'sha1' | 'sha256'
  readonly emptyTree: TreeId
}

export interface TreeEntry {
  /** `100644`, `100755`, `120000` (symbolic link) or `160000` (submodule). */
  readonly mode: string
  readonly id: BlobId
}

export type TreeFiles = ReadonlyMap<string, TreeEntry>

/** Path to what it becomes: an existing blob, new content, or null for deleted. */
export type TreeChanges = ReadonlyMap<
  string,
  TreeEntry | { readonly mode: string; readonly content: Uint8Array } | null
>

export type TreeDiff = readonly {
  readonly path: string
  readonly before: TreeEntry | null
  readonly after: TreeEntry | null
}[]

export interface CommitFacts {
  readonly id: CommitId
  readonly tree: TreeId
  readonly parents: readonly CommitId[]
  readonly author: Person
  /** Milliseconds since the epoch. */
  readonly authoredAt: number
  readonly message: string
}

export interface Person {
  readonly name: string
  readonly email: string
}

export interface CommitRequest {
  readonly tree: TreeId
  readonly parents: readonly CommitId[]
  readonly message: string
  readonly author: Person
  readonly committer: Person
  /** Milliseconds since the epoch; part of the commit's identity. */
  readonly at: number
  /** Signs it; null or left out for a commit without signature. */
  readonly signer?: Signer | null
}

/** Makes signatures as the person's git would. */
export interface Signer {
  /** The armoured signature of a commit object without one. Throws `signing_failed`. */
  sign(content: Buffer, by: Person): Promise<string>
}

export type MergeOutcome =
  | { readonly kind: 'clean'; readonly tree: TreeId }
  /** `tree` holds the merged files where they are clean; `paths` are those that are not. */
  | { readonly kind: 'conflict'; readonly tree: TreeId; readonly paths: readonly string[] }

export interface LandRequest {
  /** Short branch name of the target. */
  readonly target: string
  readonly expected: CommitId
  readonly commit: CommitId
  /** Token that this process put into the fence. */
  readonly fence: string
  /** Further branches that the same transaction creates or moves. */
  readonly branches: readonly { readonly name: string; readonly at: CommitId }[]
}

export type LandOutcome =
  | { readonly kind: 'landed' }
  /** Somebody else took the fence since. */
  | { readonly kind: 'fenced' }
  /** The target is not where it was expected; null when it is gone. */
  | { readonly kind: 'moved'; readonly head: CommitId | null }
  /** The target is checked out in a work tree now. */
  | { readonly kind: 'checked_out'; readonly workTrees: readonly string[] }
