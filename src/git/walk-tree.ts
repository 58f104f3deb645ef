import { chmod } from 'node:fs/promises'
import { workOff } from './bounded.ts'
import { isDependencyFolder, isDependencyFolderByContent } from './dependency-folders.ts'
import { diskPath, isDirectory, isLink, isRegular, kindOf, namesIn, type Stamp, stampsIn } from './disk.ts'
import { forbiddenLinkName, forbiddenName } from './path-rules.ts'

interface WalkRequest {
  readonly root: string
  /** Directories that are part of the tree whatever their name. */
  readonly tracked: ReadonlySet<string>
  readonly limits: WalkLimits
  /** A `.git` at the top is passed over; else it is something that no tree can hold, as it is anywhere else. */
  readonly hasGit: boolean
}

interface WalkLimits {
  /** Regular files and links. */
  readonly files: number
  /** Sizes of all regular files together. */
  readonly bytes: number
}

/** What lies in a directory, found by `lstat` alone: nothing was opened but directories, and no link was followed. */
export interface Walk {
  /** Regular files and symbolic links. */
  readonly files: Map<string, Stamp>
  /** Without the root. */
  readonly directories: ReadonlySet<string>
  /** Dependency and cache folders, not entered. */
  readonly dependencies: ReadonlySet<string>
  /** What no tree can hold, not entered: path and what it is. */
  readonly strange: ReadonlyMap<string, string>
  /** The limit that ended the walk before its end. */
  readonly exceeded: string | null
}

/** Walks a tree. No process may write in it meanwhile. */
export async function walkTree(request: WalkRequest): Promise<Walk> {
  const walk = new Walker(request)
  await walk.run()
  return walk
}

const DIRECTORIES_AT_ONCE = 16
/** Names of one directory between two looks at the limits. */
const NAMES_AT_ONCE = 1_024
/** Directories, what no tree can hold and folders that are passed over, in addition to the limit of files. */
const MAX_OTHER_ENTRIES = 200_000
/** Bytes of a path below the root. Deeper ones cannot be named on every system. */
const MAX_PATH_BYTES = 2_000

class Walker implements Walk {
  readonly files = new Map<string, Stamp>()
  readonly directories = new Set<string>()
  readonly dependencies = new Set<string>()
  readonly strange = new Map<string, string>()
  exceeded: string | null = null
  readonly #request: WalkRequest
  readonly #queue: string[] = ['']
  #bytes = 0

  constructor(request: WalkRequest) {
    this.#request = request
  }

  async run(): Promise<void> {
    await workOff(this.#queue, DIRECTORIES_AT_ONCE, (path) => this.#enter(path))
  }

  async #enter(path: string): Promise<void> {
    if (this.exceeded !== null) return
    const place = diskPath(this.#request.root, path)
    const names = await namesIn(place)
    if (this.#isDependencyByContent(path, names)) return
    if (this.#tooMany(names.length)) return
    const isOwn = path === '' && this.#request.hasGit
    const inside = isOwn ? names.filter((name) => name !== '.git') : names
    for (let at = 0; at < inside.length && this.exceeded === null; at += NAMES_AT_ONCE) {
      for (const [name, stamp] of await stampsIn(place, inside.slice(at, at + NAMES_AT_ONCE))) {
        const below = path === '' ? name : `${path}/${name}`
        if (isDirectory(stamp)) await this.#addDirectory(below, { name, stamp, siblings: names })
        else this.#addFile(below, name, stamp)
      }
      this.#checkLimits()
    }
  }

  async #addDirectory(
    path: string,
    found: { name: string; stamp: Stamp; siblings: string[] },
  ): Promise<void> {
    const { name, stamp, siblings } = found
    if (forbiddenName(name)) {
      this.strange.set(path, GIT_NAME)
    } else if (Buffer.byteLength(path) > MAX_PATH_BYTES && !this.#request.tracked.has(path)) {
      this.strange.set(path, `nested deeper than ${MAX_PATH_BYTES} bytes of path`)
    } else if (isDependencyFolder(name, siblings) && !this.#request.tracked.has(path)) {
      this.dependencies.add(path)
    } else {
      if ((stamp.mode & 0o700) !== 0o700) await chmod(diskPath(this.#request.root, path), 0o755)
      this.directories.add(path)
      this.#queue.push(path)
    }
  }

  #addFile(path: string, name: string, stamp: Stamp): void {
    if (forbiddenName(name) || (isLink(stamp) && forbiddenLinkName(name))) this.strange.set(path, GIT_NAME)
    else if (isRegular(stamp)) {
      this.#bytes += stamp.size
      this.files.set(path, stamp)
    } else if (isLink(stamp)) this.files.set(path, stamp)
    else this.strange.set(path, kindOf(stamp))
  }

  #isDependencyByContent(path: string, names: readonly string[]): boolean {
    if (path === '' || this.#request.tracked.has(path)) return false
    if (!isDependencyFolderByContent(path.slice(path.lastIndexOf('/') + 1), names)) return false
    this.directories.delete(path)
    this.dependencies.add(path)
    return true
  }

  /** Before a directory is looked into: so many names cannot all be within the limits. */
  #tooMany(names: number): boolean {
    const others = this.directories.size + this.dependencies.size + this.strange.size
    const most = this.#request.limits.files + MAX_OTHER_ENTRIES
    if (this.files.size + others + names <= most) return false
    this.exceeded = `more than ${most} entries`
    return true
  }

  #checkLimits(): void {
    const { files, bytes } = this.#request.limits
    const others = this.directories.size + this.dependencies.size + this.strange.size
    if (this.files.size > files) this.exceeded ??= `more than ${files} files`
    else if (this.#bytes > bytes) this.exceeded ??= `more than ${bytes} bytes`
    else if (others > MAX_OTHER_ENTRIES) this.exceeded ??= `more than ${MAX_OTHER_ENTRIES} directories`
  }
}

const GIT_NAME = 'a name that git keeps for itself'
