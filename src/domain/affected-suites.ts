import type { PathChange } from './evidence.ts'
import type { Mentions } from './mentions.ts'
import { isUnder } from './plan-path.ts'
import { type Manifest, type Place, placesOf, type Places } from './package-places.ts'
import { isProse } from './prose.ts'
import { endingsOf, foldersOf, pathFrom } from './relative-path.ts'
import type { RunnerName, Suite } from './suite.ts'

/** What the files of a tree say about who uses what. */
export interface TreeFacts {
  readonly manifests: readonly Manifest[]
  /** By path of the file. */
  readonly mentions: ReadonlyMap<string, Mentions>
}

/**
 * Suites whose tests the changes can make fail. Where nothing shows whether they can, they can: a suite that is left out
 * is not run before a landing.
 */
export function affectedSuites(question: {
  readonly suites: readonly Suite[]
  readonly changes: readonly PathChange[]
  readonly facts: TreeFacts
}): Suite[] {
  const { suites, changes, facts } = question
  const beyond = suites.filter((suite) => !holdsChange(suite, changes))
  if (beyond.length === 0) return [...suites]
  const places = placesOf(facts.manifests, suites)
  const uses = usesOf(facts, places)
  const changed = changedOf(changes, places)
  const isSpared = (suite: Suite): boolean =>
    beyond.includes(suite) && !isAffected(suite, { places, uses, changed })
  return suites.filter((suite) => !isSpared(suite))
}

/** Whether a changed path lies in the directory of a suite; that needs no look into the tree. */
export function holdsChange(suite: Suite, changes: readonly PathChange[]): boolean {
  return changes.some(({ path }) => isUnder(path, suite.cwd))
}

/** Runners of projects whose packages are named in a package.json. */
const NAMING_RUNNERS: ReadonlySet<RunnerName> = new Set(['node', 'vitest', 'jest', 'mocha', 'ava'])

interface Changed {
  /** Changed configuration at the top of the repository. */
  readonly configuration: boolean
  /** Changed packages by their directory; `.` is what belongs to none but the top. */
  readonly places: ReadonlySet<string>
  /** Something changed where names decide nothing. */
  readonly nameless: boolean
  /** Every changed path, with and without its ending, and the directories above it. */
  readonly names: ReadonlySet<string>
}

/** Prose changes nothing but for a file that names it. */
function changedOf(changes: readonly PathChange[], places: Places): Changed {
  const deciding = changes.filter(({ path }) => !isProse(path))
  const placed = deciding.map(({ path, pathClass }) => ({ place: places.of(path), pathClass }))
  return {
    configuration: placed.some(({ place, pathClass }) => place.directory === '.' && pathClass === 'frozen'),
    places: new Set(placed.map(({ place }) => place.directory)),
    nameless: placed.some(({ place }) => place.directory !== '.' && !place.isNamed),
    names: new Set(changes.flatMap(({ path }) => [...endingsOf(path), ...foldersOf(path)])),
  }
}

/** What files use, put together by package; the files at the top stand for themselves. */
interface Uses {
  readonly ofPlace: ReadonlyMap<string, Used>
  readonly ofFile: ReadonlyMap<string, Used>
  /** Files at the top that mention anything, by their own names and by the directories above them. */
  readonly files: ReadonlyMap<string, readonly string[]>
}

interface Used {
  readonly paths: Set<string>
  readonly packages: Set<string>
}

function usesOf({ manifests, mentions }: TreeFacts, places: Places): Uses {
  const ofPlace = new Map<string, Used>()
  const ofFile = new Map<string, Used>()
  const files = new Map<string, string[]>()
  const name = (file: string, as: string): unknown => files.get(as)?.push(file) ?? files.set(as, [file])
  for (const { directory, dependencies } of manifests) {
    const used = usedIn(ofPlace, places.of(`${directory}/package.json`).directory)
    for (const name of dependencies) used.packages.add(name)
  }
  for (const [path, { paths, packages }] of mentions) {
    const { directory } = places.of(path)
    const used = directory === '.' ? usedIn(ofFile, path) : usedIn(ofPlace, directory)
    for (const mention of paths) {
      const target = pathFrom(path, mention)
      if (target !== null && tellsUse(target, { path, directory, places })) used.paths.add(target)
    }
    for (const name of packages) used.packages.add(name)
    if (directory === '.') for (const as of [...endingsOf(path), ...foldersOf(path)]) name(path, as)
  }
  return { ofPlace, ofFile, files }
}

/**
 * Whether a path tells of a use outside of the package. The top of the repository does not: settings name it as their root.
 * Nor does a directory of packages in a file at the top, which lists what the repository holds.
 */
function tellsUse(
  target: string,
  by: { readonly path: string; readonly directory: string; readonly places: Places },
): boolean {
  if (target === '.') return false
  if (by.directory !== '.') return !isUnder(target, by.directory)
  return by.path.includes('/') || by.places.below(target).length === 0
}

function usedIn(all: Map<string, Used>, key: string): Used {
  const used = all.get(key) ?? { paths: new Set<string>(), packages: new Set<string>() }
  all.set(key, used)
  return used
}

interface Ground {
  readonly places: Places
  readonly uses: Uses
  readonly changed: Changed
}

function isAffected(suite: Suite, ground: Ground): boolean {
  const { places, changed } = ground
  if (changed.configuration) return true
  const start = places.of(`${suite.cwd}/.`)
  const isDecided = start.isNamed && start.directory !== '.' && NAMING_RUNNERS.has(suite.runner)
  if ((!isDecided || changed.nameless) && changed.places.size > 0) return true
  return reachesChange(start, ground)
}

/** Follows what a package uses, through the packages and the files at the top between. */
function reachesChange(start: Place, { places, uses, changed }: Ground): boolean {
  const seen = new Set<string>()
  const queue: Used[] = []
  const follow = (key: string, used: Used | undefined): void => {
    if (!seen.has(key) && used !== undefined) queue.push(used)
    seen.add(key)
  }
  const enter = (place: Place): void => {
    follow(`place ${place.directory}`, uses.ofPlace.get(place.directory))
    if (place.directory === '.') for (const [file, used] of uses.ofFile) follow(`file ${file}`, used)
  }
  // What lies in the package, as examples do, is its own to use.
  for (const place of [start, ...places.below(start.directory)]) enter(place)
  for (let at = 0; at < queue.length; at += 1) {
    const used = queue[at] ?? NOTHING_USED
    const names = [...used.paths].flatMap(endingsOf)
    if (names.some((name) => changed.names.has(name))) return true
    for (const file of names.flatMap((name) => uses.files.get(name) ?? [])) {
      follow(`file ${file}`, uses.ofFile.get(file))
    }
    for (const place of placesIn(used, places)) {
      if (!place.isNamed || changed.places.has(place.directory)) return true
      enter(place)
    }
  }
  return false
}

const NOTHING_USED: Used = { paths: new Set(), packages: new Set() }

function placesIn({ paths, packages }: Used, places: Places): Place[] {
  const holding = [...paths]
    .map((path) => places.of(`${path}/.`))
    .filter(({ directory }) => directory !== '.')
  const held = [...paths].flatMap((path) => places.below(path))
  return [...holding, ...held, ...[...packages].flatMap((name) => places.named(name))]
}
