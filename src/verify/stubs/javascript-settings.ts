import { readOnce } from './read-once.ts'
import { directoryOf, inDirectoryOf, joinPath, type TreeTexts, upwards } from './tree-texts.ts'

type Json = Readonly<Record<string, unknown>>

interface Manifest {
  readonly directory: string
  readonly name: string | null
  readonly type: 'module' | 'commonjs' | null
  readonly main: string | null
  readonly imports: Json
  readonly exports: unknown
}

interface Aliases {
  /** Directory from which plain specifiers are resolved; null without `baseUrl`. */
  readonly baseUrl: string | null
  /** Each pattern with its targets, relative to the repository. */
  readonly paths: readonly { readonly pattern: string; readonly targets: readonly string[] }[]
}

/** `extends` chains longer than this are not followed. */
const MAX_EXTENDS = 5
const CONDITIONS = ['import', 'node', 'module', 'development', 'default', 'require', 'types']

/** The package that a file belongs to. */
export async function manifestOf(path: string, tree: TreeTexts): Promise<Manifest | null> {
  for (const directory of upwards(directoryOf(path))) {
    const file = inDirectoryOf(directory, 'package.json')
    const text = await tree.read(file)
    const json = text === null ? null : parseJsonc(file, text)
    if (json === null) continue
    const type = json['type'] === 'module' || json['type'] === 'commonjs' ? json['type'] : null
    return {
      directory,
      name: typeof json['name'] === 'string' ? json['name'] : null,
      type,
      main: typeof json['main'] === 'string' ? json['main'] : null,
      imports: asObject(json['imports']),
      exports: json['exports'] ?? null,
    }
  }
  return null
}

/** The path aliases that the nearest tsconfig.json or jsconfig.json with some gives a file. */
export async function aliasesOf(path: string, tree: TreeTexts): Promise<Aliases> {
  for (const directory of upwards(directoryOf(path))) {
    for (const name of ['tsconfig.json', 'jsconfig.json', 'tsconfig.base.json']) {
      const found = await readAliases(inDirectoryOf(directory, name), tree, 0)
      if (found !== null && (found.baseUrl !== null || found.paths.length > 0)) return found
    }
  }
  return { baseUrl: null, paths: [] }
}

/** Paths that an alias may mean; empty where none fits. */
export function aliasTargets(specifier: string, aliases: Aliases): string[] {
  const targets: string[] = []
  const fitting = aliases.paths.filter(({ pattern }) => starMatch(pattern, specifier) !== null)
  fitting.sort((left, right) => right.pattern.length - left.pattern.length)
  for (const { pattern, targets: to } of fitting) {
    const rest = starMatch(pattern, specifier) ?? ''
    targets.push(...to.map((target) => target.replace('*', () => rest)))
  }
  if (aliases.baseUrl !== null) targets.push(inDirectoryOf(aliases.baseUrl, specifier))
  return targets
}

/** What `#internal` or the package's own name stands for, by its `imports` and `exports`. */
export function packageTargets(specifier: string, manifest: Manifest): string[] {
  const isInternal = specifier.startsWith('#')
  if (!isInternal && (manifest.name === null || !under(specifier, manifest.name))) return []
  const table = isInternal ? manifest.imports : exportTable(manifest)
  const key = isInternal ? specifier : `.${specifier.slice((manifest.name ?? '').length)}`
  const targets: string[] = []
  for (const [pattern, value] of Object.entries(table)) {
    const rest = starMatch(pattern, key)
    if (rest === null) continue
    targets.push(...conditionTargets(value).map((target) => target.replaceAll('*', () => rest)))
  }
  return targets.map((target) => joinPath(manifest.directory, target)).filter((target) => target !== null)
}

/** JSON with comments and trailing commas; null for anything else. */
const parseJsonc = readOnce((_, text): Json | null => {
  const plain = text.replace(
    /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, string?: string) => string ?? '',
  )
  const strict = plain.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string?: string) => string ?? '')
  try {
    const value: unknown = JSON.parse(strict.replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
  } catch {
    // A configuration that cannot be read gives no aliases; its runner will say what is wrong with it.
    return null
  }
})

async function readAliases(path: string, tree: TreeTexts, depth: number): Promise<Aliases | null> {
  const text = await tree.read(path)
  const json = text === null ? null : parseJsonc(path, text)
  if (json === null) return null
  const directory = directoryOf(path)
  const options = asObject(json['compilerOptions'])
  const baseUrl = typeof options['baseUrl'] === 'string' ? joinPath(directory, options['baseUrl']) : null
  const paths = Object.entries(asObject(options['paths'])).map(([pattern, targets]) => ({
    pattern,
    targets: asStrings(targets)
      .map((target) => joinPath(baseUrl ?? directory, target))
      .filter((target) => target !== null),
  }))
  if (paths.length > 0) return { baseUrl, paths }
  const parents = typeof json['extends'] === 'string' ? [json['extends']] : asStrings(json['extends'])
  for (const parent of parents.filter((one) => one.startsWith('.') && depth < MAX_EXTENDS)) {
    const to = joinPath(directory, parent.endsWith('.json') ? parent : `${parent}.json`)
    const inherited = to === null ? null : await readAliases(to, tree, depth + 1)
    if (inherited !== null && inherited.paths.length > 0) {
      return { baseUrl: baseUrl ?? inherited.baseUrl, paths: inherited.paths }
    }
  }
  return { baseUrl, paths }
}

function exportTable(manifest: Manifest): Json {
  const { exports } = manifest
  if (exports === null) return { '.': manifest.main ?? './index.js', './*': './*' }
  if (typeof exports === 'string' || Array.isArray(exports)) return { '.': exports }
  const table = asObject(exports)
  return Object.keys(table).some((key) => key.startsWith('.')) ? table : { '.': exports }
}

function conditionTargets(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap((one) => conditionTargets(one))
  const table = asObject(value)
  const keys = [
    ...Object.keys(table).filter((key) => !CONDITIONS.includes(key)),
    ...CONDITIONS.filter((key) => key in table),
  ]
  return keys.flatMap((key) => conditionTargets(table[key]))
}

/** What the `*` of a pattern stands for; empty for an exact match, null for none. */
function starMatch(pattern: string, text: string): string | null {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === text ? '' : null
  const before = pattern.slice(0, star)
  const after = pattern.slice(star + 1)
  const fits = text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)
  return fits ? text.slice(before.length, text.length - after.length) : null
}

function under(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`)
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function asStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
