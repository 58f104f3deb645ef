import type { TreeId } from '../domain/evidence.ts'
import { sameStamp, type Stamp, stampAt } from './disk.ts'
import { directoriesOf } from './fill-plan.ts'
import { fillTree } from './fill-tree.ts'
import type { Git, TreeEntry, TreeFiles } from './git.ts'
import { type IncludedFiles, NOTHING_INCLUDED, withIncluded } from './included-files.ts'
import { readWalk } from './read-tree.ts'
import { emptyDirectory } from './remove-path.ts'
import { emptyContents, type FileRecord, type SlotContents, type Survey } from './slot-contents.ts'
import { ensurePlace, fileSystemTime, type SlotPlace } from './slot-place.ts'
import type { TreeLimits, TreeReading } from './trees.ts'
import { type Walk, walkTree } from './walk-tree.ts'

interface SlotTreeOptions {
  readonly included?: IncludedFiles | undefined
  /** A `.git` at the top belongs to it. Else it is removed: programs obey what a run before wrote there. */
  readonly hasGit: boolean
}

/**
 * The tree of one slot and what the engine knows of it. Between `fill` and `handOut` nobody but the engine writes in
 * it; after `handOut` anybody may, until the processes are dead and `read`, `fill` or `settle` is called.
 */
export class SlotTree {
  readonly place: SlotPlace
  readonly #git: Git
  readonly #included: IncludedFiles
  readonly #hasGit: boolean
  #contents: SlotContents = emptyContents()
  /** Nobody can have written since `#contents` was written down. */
  #settled = false
  /** A change after the last hand-out has this time of change or a later one. */
  #sealedNs = 0n
  #treeIno: bigint | null = null
  #tree: TreeId | null = null

  constructor(git: Git, place: SlotPlace, { included = NOTHING_INCLUDED, hasGit }: SlotTreeOptions) {
    this.#git = git
    this.#included = included
    this.#hasGit = hasGit
    this.place = place
  }

  /** The tree that was last put here; null when that is not known. */
  get tree(): TreeId | null {
    return this.#tree
  }

  get dependencies(): readonly string[] {
    return [...this.#contents.dependencies].sort()
  }

  /**
   * Brings the directory to exactly the files of a tree; of the folders of dependencies those to keep stay, or all.
   * False when it was stopped before that; the next fill goes on from there.
   */
  async fill(tree: TreeId, keep: ReadonlySet<string> | 'all' = 'all', stop?: AbortSignal): Promise<boolean> {
    const target = withIncluded(await this.#git.files(tree), this.#included)
    await this.#ensure()
    const before = await this.#survey(target, keep)
    this.#settled = false
    this.#tree = null
    const { contents, left } = await fillTree({
      git: this.#git,
      included: this.#included,
      place: this.place,
      before,
      target,
      stop,
    })
    this.#contents = contents
    this.#settled = left !== 'unknown'
    this.#tree = left === 'none' ? tree : null
    return left === 'none'
  }

  /** Notes that from now on others may write here. */
  async handOut(): Promise<void> {
    this.#settled = false
    this.#sealedNs = await fileSystemTime(this.place)
  }

  /** Whether a file is as it was when the engine looked at it last. */
  isUntouched(record: Stamp, found: Stamp): boolean {
    // A change in the same tick of the clock as ours would leave no trace.
    return sameStamp(record, found) && record.ctimeNs < this.#sealedNs
  }

  /** Records of the files as they are; only right after `fill`. */
  get records(): ReadonlyMap<string, FileRecord> {
    return this.#contents.files
  }

  /** Reads what was made of `base`. A refusal leaves the slot for `fill` to clean. */
  async read(base: TreeId, limits: TreeLimits): Promise<TreeReading> {
    const git = this.#git
    const files = await git.files(base)
    // An agent without a sandbox can put a link in place of the whole tree.
    await this.#ensure()
    const walk = await this.#walk(files, limits)
    const added = this.#takeIncluded(walk, files)
    const outcome = await readWalk({
      git,
      root: this.place.tree,
      base,
      files,
      walk,
      limits,
      known: (path, stamp) => this.#known(path, stamp),
    })
    if (outcome.kind === 'forbidden') return outcome
    this.#contents = {
      files: new Map([...outcome.records, ...added]),
      directories: new Set(walk.directories),
      dependencies: new Set(walk.dependencies),
    }
    this.#settled = true
    this.#tree = outcome.tree
    return { kind: 'tree', tree: outcome.tree }
  }

  /** Takes the files that are included out of what an agent left: whatever it made of them is no work, and is written anew. */
  #takeIncluded(walk: Walk, files: TreeFiles): Map<string, FileRecord> {
    const taken = new Map<string, FileRecord>()
    for (const path of this.#included.contents.keys()) {
      const stamp = walk.files.get(path)
      if (stamp === undefined || files.has(path)) continue
      walk.files.delete(path)
      taken.set(path, { entry: this.#known(path, stamp) ?? UNKNOWN, stamp })
    }
    return taken
  }

  async #ensure(): Promise<void> {
    await ensurePlace(this.place)
    const ino = (await stampAt(this.place.tree))?.ino ?? null
    if (ino !== this.#treeIno) {
      this.#treeIno = ino
      this.#settled = false
      this.#contents = emptyContents()
    }
  }

  async #survey(target: TreeFiles, keep: ReadonlySet<string> | 'all'): Promise<Survey> {
    const needed = directoriesOf(target)
    const settled = this.#settled && ![...this.#contents.dependencies].some((path) => needed.has(path))
    if (settled) return withoutFolders({ contents: this.#contents, unknown: new Set(), strange: [] }, keep)
    const walk = await this.#walk(target)
    if (walk.exceeded !== null) {
      await emptyDirectory(this.place.tree, this.place.trash)
      return { contents: emptyContents(), unknown: new Set(), strange: [] }
    }
    const files = new Map<string, FileRecord>()
    const unknown = new Set<string>()
    for (const [path, stamp] of walk.files) {
      const entry = this.#known(path, stamp)
      if (entry === null) unknown.add(path)
      else files.set(path, { entry, stamp })
    }
    const contents = {
      files,
      directories: new Set(walk.directories),
      dependencies: new Set(walk.dependencies),
    }
    return withoutFolders({ contents, unknown, strange: [...walk.strange.keys()] }, keep)
  }

  #walk(files: TreeFiles, limits?: TreeLimits): Promise<Walk> {
    return walkTree({
      root: this.place.tree,
      tracked: directoriesOf(files),
      hasGit: this.#hasGit,
      limits: limits ?? { files: files.size + LEFT_OVER_FILES, bytes: Number.POSITIVE_INFINITY },
    })
  }

  /** What the file is, when it cannot have changed since the engine wrote or read it. */
  #known(path: string, stamp: Stamp): TreeEntry | null {
    const record = this.#contents.files.get(path)
    return record !== undefined && this.isUntouched(record.stamp, stamp) ? record.entry : null
  }
}

const UNKNOWN: TreeEntry = { mode: '', id: '' }

/** Files beyond those of the tree that are looked at one by one; with more, the whole directory is emptied. */
const LEFT_OVER_FILES = 100_000

/** The same with folders that are not to be kept among what has to go. */
function withoutFolders(survey: Survey, keep: ReadonlySet<string> | 'all'): Survey {
  if (keep === 'all') return survey
  const dependencies = new Set<string>()
  const strange = [...survey.strange]
  for (const path of survey.contents.dependencies) {
    if (keep.has(path)) dependencies.add(path)
    else strange.push(path)
  }
  return { ...survey, contents: { ...survey.contents, dependencies }, strange }
}
