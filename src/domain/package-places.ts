import { foldersOf } from './relative-path.ts'
import type { Suite } from './suite.ts'

/** A file that makes a directory a package, in whatever language. */
export interface Manifest {
  /** `.` for the top of the repository. */
  readonly directory: string
  /** Null where it has none, or names decide nothing in its language. */
  readonly name: string | null
  /** Names of what it depends on, of whatever kind. */
  readonly dependencies: readonly string[]
  readonly isReadable: boolean
}

/** A directory that stands for its files in the question who uses whom. */
export interface Place {
  /** `.` for what belongs to no directory of its own. */
  readonly directory: string
  /** Whether it is a package whose users name it. */
  readonly isNamed: boolean
}

export interface Places {
  /** The place that a path belongs to. */
  of(path: string): Place
  named(name: string): readonly Place[]
  /** Places below a directory. */
  below(directory: string): readonly Place[]
}

/**
 * The packages of a repository and the directories of its suites. A path belongs to the nearest package with a name:
 * manifests in it, as that of a directory of built files, are no packages. Where there is none it belongs to the nearest
 * directory with a manifest or a suite.
 */
export function placesOf(manifests: readonly Manifest[], suites: readonly Pick<Suite, 'cwd'>[]): Places {
  const known = new Map<string, Place>(suites.map(({ cwd }) => [cwd, { directory: cwd, isNamed: false }]))
  const byName = new Map<string, Place[]>()
  const unreadable = new Set<string>()
  for (const { directory, name, isReadable } of manifests) {
    const isNamed = name !== null || known.get(directory)?.isNamed === true
    const place = { directory, isNamed }
    known.set(directory, place)
    if (name !== null) addTo(byName, name, place)
    if (!isReadable) unreadable.add(directory)
  }
  const top: Place = { directory: '.', isNamed: known.get('.')?.isNamed === true }
  known.delete('.')
  const byFolder = new Map<string, Place>()
  const of = (path: string): Place => {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const place = byFolder.get(folder) ?? find(path)
    byFolder.set(folder, place)
    return place
  }
  const find = (path: string): Place => {
    const above = foldersOf(path).toReversed()
    const deciding = above.find((folder) => unreadable.has(folder) || known.get(folder)?.isNamed === true)
    const nearest = deciding ?? above.find((folder) => known.has(folder))
    return nearest === undefined ? top : (known.get(nearest) ?? top)
  }
  const held = new Map<string, Place[]>()
  for (const place of known.values()) {
    if (of(`${place.directory}/.`) !== place) continue
    for (const folder of foldersOf(place.directory)) addTo(held, folder, place)
  }
  return {
    of,
    named: (name) => byName.get(name) ?? [],
    below: (directory) => held.get(directory) ?? [],
  }
}

function addTo(places: Map<string, Place[]>, key: string, place: Place): void {
  const found = places.get(key)
  if (found === undefined) places.set(key, [place])
  else found.push(place)
}
