/** The files of one tree, as the stub maker reads them. */
export interface TreeTexts {
  has(path: string): boolean
  /** Whether anything lies below this directory. */
  hasDirectory(path: string): boolean
  read(path: string): Promise<string | null>
}

/** Reads each file once. */
export function treeTexts(
  files: ReadonlyMap<string, unknown>,
  read: (path: string) => Promise<string | null>,
): TreeTexts {
  const directories = new Set<string>([''])
  for (const path of files.keys()) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = path.slice(0, slash)
      if (directories.has(directory)) break
      directories.add(directory)
    }
  }
  const known = new Map<string, Promise<string | null>>()
  return {
    has: (path) => files.has(path),
    hasDirectory: (path) => directories.has(path),
    read: (path) => {
      if (!files.has(path)) return Promise.resolve(null)
      const text = known.get(path) ?? read(path)
      known.set(path, text)
      return text
    },
  }
}

/** `a/b` of `a/b/c.js`; empty at the top. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

/** Joins and resolves `.` and `..`; null where the path leaves the tree. */
export function joinPath(directory: string, relative: string): string | null {
  const parts: string[] = []
  for (const part of `${directory}/${relative}`.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.join('/')
}

/** From a directory up to the top of the tree, the directory itself first. */
export function upwards(directory: string): string[] {
  const result = [directory]
  for (let at = directory; at !== ''; ) {
    at = directoryOf(at)
    result.push(at)
  }
  return result
}

export function inDirectoryOf(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`
}
