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
