import { parse } from 'yaml'
import { matchesAny } from '../../domain/path-pattern.ts'
import { isUnder } from '../../domain/plan-path.ts'
import { dig, directoryOf, inside, isForeign, isRecord, readData, texts } from './reader.ts'
import type { RepositoryReader } from './reader.ts'

/** A directory with a package.json. */
export interface Package {
  readonly directory: string
  readonly name: string | null
  readonly scripts: Readonly<Record<string, string>>
  /** Names of everything it depends on, of whatever kind. */
  readonly dependencies: ReadonlySet<string>
  /** The `packageManager` field: `pnpm@10.1.0`. */
  readonly packageManager: string | null
  /** Patterns of the directories of its workspaces. */
  readonly workspaces: readonly string[]
}

const MOST_PACKAGES = 1000

/** Packages of the project itself, the outermost first. */
export async function readPackages(reader: RepositoryReader): Promise<Package[]> {
  const manifests = reader.files
    .filter((path) => /(^|\/)package\.json$/.test(path) && !isForeign(path))
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
    .slice(0, MOST_PACKAGES)
  const packages: Package[] = []
  for (const path of manifests) {
    const data = await readData(reader, path)
    if (data !== null) packages.push(await packageOf(reader, directoryOf(path), data))
  }
  return packages.filter((candidate) => isProject(candidate, packages))
}

/** The package whose workspace this is, or the package itself. */
export function workspaceRoot(member: Package, packages: readonly Package[]): Package {
  return packages.find((root) => root !== member && holds(root, member)) ?? member
}

async function packageOf(
  reader: RepositoryReader,
  directory: string,
  data: Record<string, unknown>,
): Promise<Package> {
  const kinds = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']
  const dependencies = kinds.flatMap((kind) => (isRecord(data[kind]) ? Object.keys(data[kind]) : []))
  const scripts = isRecord(data['scripts']) ? data['scripts'] : {}
  const declared = Array.isArray(data['workspaces'])
    ? data['workspaces']
    : dig(data, 'workspaces', 'packages')
  return {
    directory,
    name: typeof data['name'] === 'string' ? data['name'] : null,
    scripts: Object.fromEntries(
      Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    dependencies: new Set(dependencies),
    packageManager: typeof data['packageManager'] === 'string' ? data['packageManager'] : null,
    workspaces: [...texts(declared), ...(await pnpmWorkspaces(reader, directory))],
  }
}

async function pnpmWorkspaces(reader: RepositoryReader, directory: string): Promise<string[]> {
  const text = await reader.read(inside(directory, 'pnpm-workspace.yaml'))
  if (text === null) return []
  try {
    return texts(dig(parse(text, { maxAliasCount: 10 }), 'packages'))
  } catch {
    // pnpm itself will tell that its file is broken; without it the packages stand alone.
    return []
  }
}

function holds(root: Package, member: Package): boolean {
  if (root.workspaces.length === 0 || !isUnder(member.directory, root.directory)) return false
  const patterns = root.workspaces.map((pattern) => pattern.replace(/^(!?)\.\//, '$1').replace(/\/$/, ''))
  const relative =
    root.directory === '.' ? member.directory : member.directory.slice(root.directory.length + 1)
  return matchesAny(patterns, relative)
}

/** A package.json that only sets the module type of a test directory, or an example, is no project of its own. */
function isProject(candidate: Package, packages: readonly Package[]): boolean {
  if (candidate.directory === '.' || workspaceRoot(candidate, packages) !== candidate) return true
  const aside = candidate.directory
    .split('/')
    .some((part) => /^(tests?|__tests__|examples?|demos?|bench(marks?)?|\..*)$/.test(part))
  return !aside && (candidate.dependencies.size > 0 || candidate.scripts['test'] !== undefined)
}
