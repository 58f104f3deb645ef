import { createHash } from 'node:crypto'
import type { TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import type { Workshop } from './context.ts'

/** Files that decide what setup installs: manifests, lockfiles and settings of package managers. */
const SETUP_FILES = new Set([
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.nvmrc',
  '.node-version',
  '.tool-versions',
  '.python-version',
  'pyproject.toml',
  'setup.py',
  'setup.cfg',
  'poetry.lock',
  'uv.lock',
  'Pipfile',
  'Pipfile.lock',
  'go.mod',
  'go.sum',
  'Cargo.toml',
  'Cargo.lock',
])

/** The setup files among the paths of a tree, sorted. */
export function setupFiles(paths: Iterable<string>): string[] {
  const found: string[] = []
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (SETUP_FILES.has(name) || /^requirements.*\.txt$/.test(name)) found.push(path)
  }
  return found.sort()
}

/** Manifests, lockfiles and version files with their content, and where programs are looked for. */
export async function decidingFiles(
  world: Pick<Workshop, 'git' | 'environment'>,
  tree: TreeId,
): Promise<string> {
  const files = await world.git.files(tree)
  const named = setupFiles(files.keys()).map((path) => [path, files.get(path)?.id])
  return JSON.stringify([world.environment['PATH'], named])
}

/** What setup has to install for a suite in a tree; equal for trees in which the same is installed. */
export async function keyOfSetup(
  world: Pick<Workshop, 'git' | 'environment'>,
  suite: Suite,
  tree: TreeId,
): Promise<string> {
  return createHash('sha256')
    .update(JSON.stringify([suite.cwd, suite.setup, suite.env, process.platform, process.arch]))
    .update(await decidingFiles(world, tree))
    .digest('hex')
}
