import { isKeptByGit } from './git-name.ts'

/**
 * Where those links of a tree lead that lead out of it: the path of each to the place. A way is walked name by name through the
 * other links of the tree, as a file system walks it; a name that is no link counts as a folder, which it may become. `links` is
 * what each holds, by path, and `keyOf` tells which names are the same. Every link is walked once, however many lead through it:
 * the cost is what all of them hold together. It yields now and then, so that others get their turn.
 */
export function* linksOut(
  links: ReadonlyMap<string, string>,
  keyOf: (name: string) => string,
): Generator<void, Map<string, Place>> {
  const isTurnOver = turns()
  const ways = new Map<string, Way>()
  const top: Place = { above: null, name: '', isOut: false, below: new Map(), way: null }
  for (const [path, target] of links) {
    if (isTurnOver()) yield
    ways.set(path, placeLink(top, { path, target, keyOf }))
  }
  for (const way of ways.values()) {
    /** Each goes on when the one after it is at its end. */
    const open = way.end === null ? [begin(way)] : []
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      if (isTurnOver()) yield
      const through = walkOn(last, keyOf)
      if (through !== null) open.push(begin(through))
      else if (last.end !== null) open.pop()
    }
  }
  const out = new Map<string, Place>()
  for (const [path, { end }] of ways) if (end?.isOut === true) out.set(path, end)
  return out
}

/** As a path: from the top of the tree, or from the root of the file system. */
export function textOfPlace(end: Place): string {
  const names: string[] = []
  let length = 0
  for (let place: Place | null = end; place !== null; place = place.above) {
    if (place.above === null && !place.isOut) break
    names.push(place.name)
    length += place.name.length + 1
    if (length > LONGEST) return `…${names.toReversed().join('/')}`
  }
  return names.toReversed().join('/')
}

/** No file system takes a longer path. */
const LONGEST = 4096

/** A place that a way may come to. Those in the tree that links stand in or below are there once. */
interface Place {
  /** Null for the top of the tree, and for the root of the file system. */
  readonly above: Place | null
  readonly name: string
  /** Whoever has left the tree never comes back: nobody knows what stands there. */
  readonly isOut: boolean
  /** By the keys of their names. */
  readonly below: Map<string, Place> | null
  /** Of the link that stands here. */
  way: Way | null
}

/** What a link leads along. */
interface Way {
  readonly target: string
  readonly folder: Place
  at: Place
  /** Empty before it is begun and after its end. */
  names: readonly string[]
  walked: number
  isOpen: boolean
  end: Place | null
}

const NAMES_IN_A_TURN = 1_000

function turns(): () => boolean {
  let names = 0
  return () => {
    names += 1
    return names % NAMES_IN_A_TURN === 0
  }
}

const ROOT: Place = { above: null, name: '', isOut: true, below: null, way: null }

/** Links that lead to one another in a ring lead nowhere, and what leads through them does not either. */
const NOWHERE: Place = { above: null, name: '', isOut: false, below: null, way: null }

function placeLink(
  top: Place,
  link: { readonly path: string; readonly target: string; readonly keyOf: (name: string) => string },
): Way {
  let place = top
  for (const name of link.path.split('/')) {
    const key = link.keyOf(name)
    const known = place.below?.get(key)
    const next = known ?? { above: place, name, isOut: false, below: new Map<string, Place>(), way: null }
    place.below?.set(key, next)
    place = next
  }
  const folder = place.above ?? top
  place.way = {
    target: link.target,
    folder,
    at: folder,
    names: [],
    walked: 0,
    isOpen: false,
    end: null,
  }
  return place.way
}

function begin(way: Way): Way {
  const isAbsolute = way.target.startsWith('/')
  way.at = isAbsolute ? ROOT : way.folder
  way.names = (isAbsolute ? way.target.slice(1) : way.target).split('/')
  way.isOpen = true
  return way
}

/** Goes on by one name, or answers the way that has to be walked before. */
function walkOn(way: Way, keyOf: (name: string) => string): Way | null {
  const name = way.names[way.walked]
  if (name === undefined || way.at === NOWHERE || way.at.isOut) {
    way.end = name === undefined || way.at === NOWHERE ? way.at : beyond(way.at, restOf(way))
    way.isOpen = false
    way.names = []
    return null
  }
  const place = placeOf(way.at, name, keyOf)
  const through = place.way
  if (through !== null && through.end === null && !through.isOpen) return through
  way.at = through === null ? place : (through.end ?? NOWHERE)
  way.walked += 1
  return null
}

function placeOf(at: Place, name: string, keyOf: (name: string) => string): Place {
  if (name === '' || name === '.') return at
  if (name === '..') return at.above ?? beyond(at, name)
  if (isKeptByGit(name)) return beyond(at, name)
  const known = at.below === null || at.below.size === 0 ? undefined : at.below.get(keyOf(name))
  return known ?? { above: at, name, isOut: false, below: null, way: null }
}

function restOf({ names, walked }: Way): string {
  return names.slice(walked).join('/')
}

/** What comes after is kept as it is written: nobody knows what it leads along. */
function beyond(above: Place, name: string): Place {
  return { above, name, isOut: true, below: null, way: null }
}
