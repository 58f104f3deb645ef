import type { Command } from '../../domain/suite.ts'
import type { Package } from './javascript-package.ts'
import { dig, inside, isRecord, readData } from './reader.ts'
import type { RepositoryReader } from './reader.ts'

/** Test files beyond these import what the first ones import. */
const MOST_READ = 12

/** Scripts that make what is published, the one for tests first. */
const SCRIPTS: readonly string[] = ['pretest', 'build', 'compile', 'prepare', 'prepublishOnly', 'prepack']

/**
 * The command that makes what the tests read and no commit holds: `dist/index.js` of a package written in TypeScript.
 * Without it they would test what setup happened to build, or nothing at all.
 */
export async function findBuild(
  reader: RepositoryReader,
  candidate: Package,
  {
    testFiles,
    manager,
    bundles,
  }: {
    readonly testFiles: readonly string[]
    readonly manager: string
    /** The runner resolves modules itself, often by an alias of the package's name to its sources. */
    readonly bundles: boolean
  },
): Promise<readonly Command[]> {
  const script = SCRIPTS.find((name) => candidate.scripts[name] !== undefined)
  if (script === undefined) return []
  const manifest = (await readData(reader, inside(candidate.directory, 'package.json'))) ?? {}
  const files = new Set(reader.files)
  const program = manager.replace('-classic', '')
  for (const file of testFiles.slice(0, MOST_READ)) {
    const path = inside(candidate.directory, file)
    const text = (await reader.read(path)) ?? ''
    if (importsIn(text).some((module) => isMade(module, { path, candidate, manifest, files, bundles }))) {
      return [[program, 'run', script]]
    }
  }
  return []
}

function importsIn(text: string): string[] {
  return [
    ...text.matchAll(/(?:\bfrom|\bimport|\brequire|\bimport\.meta\.resolve)\s*\(?\s*(["'])([^"'\n]+)\1/g),
  ].map(([, , module = '']) => module)
}

interface Reading {
  readonly path: string
  readonly candidate: Package
  readonly manifest: Readonly<Record<string, unknown>>
  readonly files: ReadonlySet<string>
  readonly bundles: boolean
}

/** Whether a module lies in a directory of the package that holds nothing at all: the place of something made. */
function isMade(module: string, reading: Reading): boolean {
  const { path, candidate, manifest, files, bundles } = reading
  const { directory, name } = candidate
  if (module.startsWith('.')) {
    const target = resolved(path, module)
    if (target === null) return false
    if (target !== directory) return isAbsent(target, reading)
  } else if (bundles || name === null || (module !== name && !module.startsWith(`${name}/`))) return false
  const entries = entriesOf(manifest).map((entry) => inside(directory, entry))
  return (
    entries.length > 0 &&
    !entries.some((entry) => exists(entry, files)) &&
    isAbsent(entries[0] ?? '', reading)
  )
}

function isAbsent(target: string, { candidate, files }: Reading): boolean {
  if (exists(target, files)) return false
  const { directory } = candidate
  if (directory !== '.' && !target.startsWith(`${directory}/`)) return false
  const [top = '', ...rest] = (directory === '.' ? target : target.slice(directory.length + 1)).split('/')
  const place = `${inside(directory, top)}/`
  return rest.length > 0 && ![...files].some((file) => file.startsWith(place))
}

function exists(target: string, files: ReadonlySet<string>): boolean {
  const written = target.replace(/\.([cm]?)js(x?)$/, '.$1ts$2')
  const bases = [target, written, `${target}/index`, target === '.' ? 'index' : target]
  return bases.some((base) => ENDINGS.some((ending) => files.has(`${base}${ending}`)))
}

const ENDINGS = ['', '.js', '.ts', '.mjs', '.cjs', '.mts', '.cts', '.jsx', '.tsx', '.json', '.node']

/** Files that a manifest names as what the package is; `index.js` where it names none. */
function entriesOf(manifest: Readonly<Record<string, unknown>>): string[] {
  const named = [manifest['main'], manifest['module'], ...leaves(dig(manifest, 'exports'), 0)].filter(
    (entry): entry is string => typeof entry === 'string' && !entry.includes('*'),
  )
  const plain = named.map((entry) => entry.replace(/^\.\//, ''))
  return plain.length > 0 ? plain.filter((entry) => entry !== 'package.json') : ['index.js']
}

function leaves(value: unknown, depth: number): unknown[] {
  if (typeof value === 'string') return [value]
  return isRecord(value) && depth < 6 ? Object.values(value).flatMap((one) => leaves(one, depth + 1)) : []
}

/** A relative module as a path of the repository; null when it leads out of it. */
function resolved(from: string, module: string): string | null {
  const parts = from.split('/').slice(0, -1)
  for (const part of module.replace(/\/$/, '').split('/')) {
    if (part === '..' && parts.pop() === undefined) return null
    if (part !== '..' && part !== '.' && part !== '') parts.push(part)
  }
  return parts.length === 0 ? '.' : parts.join('/')
}
