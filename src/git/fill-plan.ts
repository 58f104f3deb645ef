import type { TreeEntry, TreeFiles } from './git.ts'

/** What a directory holds, as far as is known. */
export interface Contents {
  /** Path to what is there. */
  readonly files: ReadonlyMap<string, { readonly entry: TreeEntry }>
  /** Files of which nothing is known but that they are there. */
  readonly unknown: ReadonlySet<string>
  readonly directories: ReadonlySet<string>
  /** Folders that stay unless the tree needs their place. */
  readonly dependencies: ReadonlySet<string>
  /** What no tree holds. */
  readonly strange: Iterable<string>
}

interface FillPlan {
  /** Files, links, folders and strange things, in no order. */
  readonly remove: readonly string[]
  /** Empty by then; deepest first. */
  readonly removeDirectories: readonly string[]
  /** Parents first. */
  readonly makeDirectories: readonly string[]
  readonly write: readonly (readonly [string, TreeEntry])[]
}

/** What brings a directory from what it holds to exactly the files of a tree. */
export function planFill(found: Contents, target: TreeFiles): FillPlan {
  const wanted = directoriesOf(target)
  const conflicting = [...found.dependencies].filter((path) => isInTheWay(path, target, wanted))
  const kept = ancestorsOf([...found.dependencies].filter((path) => !isInTheWay(path, target, wanted)))
  const removed: string[] = [...found.strange, ...conflicting]
  const write: (readonly [string, TreeEntry])[] = []
  for (const paths of [found.files.keys(), found.unknown]) {
    for (const path of paths) {
      const goal = target.get(path)
      if (goal === undefined || goal.mode === SUBMODULE) removed.push(path)
    }
  }
  for (const [path, goal] of target) {
    if (goal.mode !== SUBMODULE && !sameEntry(found.files.get(path)?.entry, goal)) write.push([path, goal])
  }
  const gone = [...found.directories].filter((path) => !wanted.has(path) && !kept.has(path))
  const made = [...wanted].filter((path) => !found.directories.has(path))
  return {
    remove: removed,
    removeDirectories: gone.sort((left, right) => right.length - left.length),
    makeDirectories: made.sort((left, right) => left.length - right.length),
    write,
  }
}

/** The directories that a tree needs, submodules included. Computed once for each map of files. */
export function directoriesOf(files: TreeFiles): ReadonlySet<string> {
  const known = DIRECTORIES.get(files)
  if (known !== undefined) return known
  const directories = ancestorsOf(files.keys())
  for (const [path, entry] of files) if (entry.mode === SUBMODULE) directories.add(path)
  DIRECTORIES.set(files, directories)
  return directories
}

export const SUBMODULE = '160000'

const DIRECTORIES = new WeakMap<TreeFiles, ReadonlySet<string>>()

/** Every directory above any of the paths. */
export function ancestorsOf(paths: Iterable<string>): Set<string> {
  const ancestors = new Set<string>()
  for (const path of paths) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash)
      if (ancestors.has(parent)) break
      ancestors.add(parent)
    }
  }
  return ancestors
}

/** A folder stays where it is unless the tree has something there, or a file where one of its parents is. */
function isInTheWay(path: string, target: TreeFiles, wanted: ReadonlySet<string>): boolean {
  return target.has(path) || wanted.has(path) || [...ancestorsOf([path])].some((parent) => target.has(parent))
}

function sameEntry(found: TreeEntry | undefined, goal: TreeEntry): boolean {
  return found?.id === goal.id && found.mode === goal.mode
}
