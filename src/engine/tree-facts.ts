import type { TreeFacts } from '../domain/affected-suites.ts'
import type { BlobId, TreeId } from '../domain/evidence.ts'
import { type Mentions, mentionsIn } from '../domain/mentions.ts'
import type { Manifest } from '../domain/package-places.ts'
import { isProse } from '../domain/prose.ts'
import { workOff } from '../git/bounded.ts'
import type { Git, TreeFiles } from '../git/git.ts'
import { Recent } from '../git/recent.ts'
import { parsedJson } from '../domain/parsed-json.ts'

/** What was read of trees and files, so that a tree costs the files that differ from earlier ones. */
export interface TreeFactsCache {
  readonly trees: Recent<Promise<TreeFacts | null>>
  readonly texts: Recent<Mentions>
}

export function createTreeFactsCache(): TreeFactsCache {
  return { trees: new Recent(CACHED_TREES), texts: new Recent(CACHED_TEXTS) }
}

interface Reading {
  readonly git: Pick<Git, 'files' | 'readSmallBlob'>
  readonly treeFacts: TreeFactsCache
}

/** Who uses what, from the files of a tree; null where these are too many to be read. */
export function readTreeFacts(reading: Reading, tree: TreeId): Promise<TreeFacts | null> {
  const { trees } = reading.treeFacts
  const known = trees.get(tree)
  if (known !== undefined) return known
  const facts = factsOf(reading, tree).catch((reason: unknown) => {
    trees.delete(tree)
    throw reason
  })
  trees.set(tree, facts)
  return facts
}

const CACHED_TREES = 8
const CACHED_TEXTS = 200_000
const MAX_FILES = 50_000
const MAX_BYTES = 1024 * 1024
const FILES_AT_ONCE = 16
const NOTHING: Mentions = { paths: [], packages: [] }

async function factsOf(reading: Reading, tree: TreeId): Promise<TreeFacts | null> {
  const files = ownFiles(await reading.git.files(tree))
  if (files.length > MAX_FILES) return null
  const manifests: Manifest[] = []
  const mentions = new Map<string, Mentions>()
  await workOff([...files], FILES_AT_ONCE, async ([path, id]) => {
    const found = await mentionsOf(reading, path, id)
    if (found.paths.length > 0 || found.packages.length > 0) mentions.set(path, found)
    const manifest = await manifestOf(reading, path, id)
    if (manifest !== null) manifests.push(manifest)
  })
  return { manifests, mentions }
}

/** Files that may name others and are not installed; a link names one by what it holds. */
function ownFiles(files: TreeFiles): (readonly [path: string, id: BlobId])[] {
  return [...files]
    .filter(([path, { mode }]) => mode !== SUBMODULE && !UNREAD.test(path) && !isProse(path))
    .map(([path, { id }]) => [path, id] as const)
}

const SUBMODULE = '160000'

/** Files of installed packages, lockfiles, pictures, fonts and archives. */
const UNREAD =
  /(?:^|\/)node_modules\/|(?:[.-]lock|-lock\.(?:json|ya?ml)|\.(?:snap|map|png|jpe?g|gif|webp|ico|svg|pdf|woff2?|ttf|otf|eot|mp[34]|webm|zip|gz|tgz|wasm))$/i

async function mentionsOf(reading: Reading, path: string, id: BlobId): Promise<Mentions> {
  const { texts } = reading.treeFacts
  const inward = !path.includes('/')
  const key = inward ? `${id} inward` : id
  const known = texts.get(key)
  if (known !== undefined) return known
  const content = await reading.git.readSmallBlob(id, MAX_BYTES)
  const isText = content !== null && !content.includes(0)
  const found = isText ? mentionsIn(content.toString('utf8'), { inward }) : NOTHING
  const isEmpty = found.paths.length === 0 && found.packages.length === 0
  texts.set(key, isEmpty ? NOTHING : found)
  return found
}

/** Files that make a directory a package of a language in which a package.json decides nothing. */
const FOREIGN_MANIFESTS =
  /(?:^|\/)(?:go\.mod|pyproject\.toml|setup\.(?:py|cfg)|Cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?|composer\.json|Gemfile)$/

async function manifestOf(reading: Reading, path: string, id: BlobId): Promise<Manifest | null> {
  const directory = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
  const nameless = { directory, name: null, dependencies: [], isReadable: true }
  if (FOREIGN_MANIFESTS.test(path)) return nameless
  if (!/(?:^|\/)package\.json$/.test(path)) return null
  const content = await reading.git.readSmallBlob(id, MAX_BYTES)
  const manifest = content === null ? null : parseObject(content.toString('utf8'))
  if (manifest === null) return { ...nameless, isReadable: false }
  const name = manifest['name']
  return {
    directory,
    name: typeof name === 'string' && name !== '' ? name : null,
    dependencies: DEPENDENCIES.flatMap((kind) => dependenciesIn(manifest[kind])),
    isReadable: true,
  }
}

const DEPENDENCIES = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']

/** By their names, and by those that an alias stands for: `"old": "npm:a@1"`. */
function dependenciesIn(value: unknown): string[] {
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([name, version]) => {
    const alias = typeof version === 'string' ? /^(?:npm|workspace):(@?[^@]+)@/.exec(version)?.[1] : undefined
    return alias === undefined ? [name] : [name, alias]
  })
}

function parseObject(text: string): Record<string, unknown> | null {
  // What cannot be read is told as that: whoever may be affected counts as affected.
  const value = parsedJson(text)
  return isRecord(value) ? value : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
