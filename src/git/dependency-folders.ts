/**
 * Folders that tools fill and that are nobody's work: what a package manager installed, what a tool cached. They are
 * no part of a tree unless the repository itself tracks something in them. This is the only list.
 */
interface FolderRule {
  readonly name: string | RegExp
  /** Counts only beside one of these. */
  readonly beside?: readonly (string | RegExp)[]
  /** Counts only when it holds one of these. */
  readonly holds?: readonly string[]
}

export const DEPENDENCY_FOLDERS: readonly FolderRule[] = [
  ...[
    // JavaScript
    'node_modules',
    'bower_components',
    'jspm_packages',
    '.pnpm-store',
    '.nyc_output',
    '.turbo',
    '.parcel-cache',
    '.rpt2_cache',
    '.jest-cache',
    '.vitest',
    '.vite',
    '.angular',
    '.svelte-kit',
    // Python
    '.venv',
    'venv',
    '__pycache__',
    '.pytest_cache',
    '.mypy_cache',
    '.ruff_cache',
    '.pyre',
    '.pytype',
    '.hypothesis',
    '.tox',
    '.nox',
    '.eggs',
    '.ipynb_checkpoints',
    // Others
    '.gradle',
    '.bundle',
    '.dart_tool',
    '.stack-work',
    'dist-newstyle',
    '.terraform',
    '.direnv',
  ].map((name) => ({ name })),
  // The metadata of an editable install lies beside the sources.
  { name: /\.(egg|dist)-info$/ },
  { name: 'env', holds: ['pyvenv.cfg'] },
  {
    name: 'coverage',
    holds: ['lcov.info', 'lcov-report', 'coverage-final.json', 'clover.xml', 'coverage-summary.json'],
  },
  { name: 'htmlcov', holds: ['index.html', 'status.json'] },
  { name: 'cache', beside: ['unplugged', 'install-state.gz'] },
  { name: /^\.(next|nuxt|output)$/, beside: ['package.json'] },
  { name: 'target', beside: ['Cargo.toml', 'pom.xml', 'build.sbt'] },
  { name: 'build', beside: ['build.gradle', 'build.gradle.kts'] },
  { name: 'vendor', beside: ['composer.json'] },
  { name: 'vendor', holds: ['bundle'] },
  { name: 'Pods', beside: ['Podfile'] },
  { name: /^(_build|deps)$/, beside: ['mix.exs'] },
  { name: 'obj', beside: [/\.(cs|fs|vb)proj$/] },
]

/** Whether a folder is one of them by its name and what lies beside it. */
export function isDependencyFolder(name: string, siblings: readonly string[]): boolean {
  return rulesFor(name).some((rule) => rule.holds === undefined && isBeside(rule, siblings))
}

/** Whether a folder is one of them by what it holds. */
export function isDependencyFolderByContent(name: string, children: readonly string[]): boolean {
  return rulesFor(name).some((rule) => rule.holds?.some((child) => children.includes(child)) === true)
}

const BY_NAME = new Map<string, FolderRule[]>()
for (const rule of DEPENDENCY_FOLDERS) {
  if (typeof rule.name === 'string') BY_NAME.set(rule.name, [...(BY_NAME.get(rule.name) ?? []), rule])
}
const BY_PATTERN = DEPENDENCY_FOLDERS.filter((rule) => typeof rule.name !== 'string')

function rulesFor(name: string): readonly FolderRule[] {
  return BY_NAME.get(name) ?? BY_PATTERN.filter((rule) => matches(rule.name, name))
}

function isBeside(rule: FolderRule, siblings: readonly string[]): boolean {
  if (rule.beside === undefined) return true
  return rule.beside.some((wanted) => siblings.some((sibling) => matches(wanted, sibling)))
}

function matches(wanted: string | RegExp, name: string): boolean {
  return typeof wanted === 'string' ? wanted === name : wanted.test(name)
}
