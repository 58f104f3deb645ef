import type { Command } from '../../domain/suite.ts'
import type { Package } from './javascript-package.ts'
import { dig, inside, texts } from './reader.ts'
import type { RepositoryReader } from './reader.ts'

type Manager = 'npm' | 'pnpm' | 'yarn' | 'yarn-classic' | 'bun'

interface Tools {
  readonly manager: Manager
  readonly setup: readonly Command[]
  readonly env: Readonly<Record<string, string>>
  readonly checks: Readonly<Record<string, Command>>
  readonly notes: readonly string[]
}

const LOCKFILES: readonly (readonly [string, Manager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn-classic'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
]

/** How a package is set up and checked. `root` is the package whose workspace it is, or itself. */
export async function findTools(reader: RepositoryReader, candidate: Package, root: Package): Promise<Tools> {
  const files = new Set(reader.files)
  const own = LOCKFILES.some(([name]) => files.has(inside(candidate.directory, name)))
  const place = own ? candidate : root
  const lock = LOCKFILES.find(([name]) => files.has(inside(place.directory, name)))
  const manager = managerOf(place, lock?.[1] ?? null, files)
  const needed = candidate.dependencies.size > 0 || root.dependencies.size > 0 || root !== candidate
  const setup = needed
    ? [install(manager, lock !== undefined, upwards(candidate.directory, place.directory))]
    : []
  const isPlugAndPlay =
    manager === 'yarn' &&
    !/^\s*nodeLinker:\s*["']?(node-modules|pnpm)/m.test(
      (await reader.read(inside(place.directory, '.yarnrc.yml'))) ?? '',
    )
  const plugAndPlay = inside(place.directory, '.pnp.cjs')
  const notes = [
    ...(needed && lock === undefined
      ? [`${inside(place.directory, 'package.json')} has no lockfile: dependencies may differ between setups`]
      : []),
    ...(isPlugAndPlay && files.has(plugAndPlay)
      ? [
          `${plugAndPlay} is in git, and slots have a node_modules in its place: tools that resolve by it (esbuild) find no package there`,
        ]
      : []),
  ]
  return {
    manager,
    setup,
    env: isPlugAndPlay ? NODE_MODULES : {},
    checks: await findChecks(reader, [candidate, root], files),
    notes,
  }
}

/**
 * What Plug'n'Play writes lies beside the sources, where nothing that setup leaves stays, and every program would have to be
 * started by yarn to find a package. The same lockfile makes a `node_modules`.
 */
const NODE_MODULES = { YARN_NODE_LINKER: 'node-modules' }

function managerOf(place: Package, byLock: Manager | null, files: ReadonlySet<string>): Manager {
  const [, name, major] = /^(npm|pnpm|yarn|bun)@(\d+)/.exec(place.packageManager ?? '') ?? []
  if (name === 'yarn') return Number(major) >= 2 ? 'yarn' : 'yarn-classic'
  if (name === 'npm' || name === 'pnpm' || name === 'bun') return name
  if (byLock === 'yarn-classic' && files.has(inside(place.directory, '.yarnrc.yml'))) return 'yarn'
  return byLock ?? 'npm'
}

/** Only npm does not find the workspace above its directory by itself. */
function install(manager: Manager, locked: boolean, up: string): Command {
  const prefix = up === '.' ? [] : ['--prefix', up]
  const commands: Readonly<Record<Manager, readonly [locked: Command, free: Command]>> = {
    npm: [
      ['npm', 'ci', ...prefix],
      ['npm', 'install', '--no-package-lock', '--no-audit', '--no-fund', ...prefix],
    ],
    pnpm: [
      ['pnpm', 'install', '--frozen-lockfile'],
      ['pnpm', 'install', '--no-lockfile'],
    ],
    yarn: [
      ['yarn', 'install', '--immutable'],
      ['yarn', 'install', '--no-immutable'],
    ],
    'yarn-classic': [
      ['yarn', 'install', '--frozen-lockfile'],
      ['yarn', 'install', '--no-lockfile'],
    ],
    bun: [
      ['bun', 'install', '--frozen-lockfile'],
      ['bun', 'install', '--no-save'],
    ],
  }
  return commands[manager][locked ? 0 : 1]
}

/** The way from a directory up to one that holds it: `../..`. */
function upwards(from: string, to: string): string {
  if (from === to) return '.'
  const depth = from.split('/').length - (to === '.' ? 0 : to.split('/').length)
  return Array.from({ length: depth }, () => '..').join('/')
}

interface Check {
  readonly name: string
  readonly dependency: string
  /** Its configuration, beside the package or at the top of the workspace; null when it needs none. */
  readonly configuration: RegExp | null
  readonly command: Command
}

const CHECKS: readonly Check[] = [
  {
    name: 'eslint',
    dependency: 'eslint',
    configuration: /^(eslint\.config\.[cm]?[jt]s|\.eslintrc(\.[a-z]+)?)$/,
    command: ['eslint', '.'],
  },
  { name: 'oxlint', dependency: 'oxlint', configuration: null, command: ['oxlint'] },
  {
    name: 'biome',
    dependency: '@biomejs/biome',
    configuration: /^biome\.jsonc?$/,
    command: ['biome', 'check', '.'],
  },
]

async function findChecks(
  reader: RepositoryReader,
  places: readonly [Package, Package],
  files: ReadonlySet<string>,
): Promise<Record<string, Command>> {
  const [candidate] = places
  const run = (command: Command): Command => ['npx', '--no-install', ...command]
  const installed = (name: string): boolean => places.some(({ dependencies }) => dependencies.has(name))
  const checks: Record<string, Command> = {}
  const tsconfig = inside(candidate.directory, 'tsconfig.json')
  if (files.has(tsconfig) && installed('typescript') && !(await onlyReferences(reader, tsconfig))) {
    checks['types'] = run(['tsc', '--noEmit'])
  }
  const beside = new Set(places.map(({ directory }) => directory))
  const names = reader.files
    .filter((path) => beside.has(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'))
    .map((path) => path.slice(path.lastIndexOf('/') + 1))
  for (const { name, dependency, configuration, command } of CHECKS) {
    const configured = configuration === null || names.some((file) => configuration.test(file))
    if (installed(dependency) && configured) checks[name] = run(command)
  }
  return checks
}

/** A tsconfig that only points at others checks nothing by itself. */
async function onlyReferences(reader: RepositoryReader, path: string): Promise<boolean> {
  const text = (await reader.read(path)) ?? ''
  try {
    const data: unknown = JSON.parse(text)
    return dig(data, 'references') !== undefined && texts(dig(data, 'include')).length === 0
  } catch {
    // Comments are allowed in a tsconfig; then the words themselves have to do.
    return /"references"\s*:/.test(text) && !/"include"\s*:\s*\[\s*"/.test(text)
  }
}
