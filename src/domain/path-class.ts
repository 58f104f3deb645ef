import type { PathClass } from './evidence.ts'
import { PACKAGE_FILES, TOOLCHAIN_FILES } from './package-files.ts'
import { matchesAny, nameMatcher, patternFrom } from './path-pattern.ts'
import type { TaskDefinition } from './plan.ts'
import type { Suite } from './suite.ts'
import { holdsPath, namesPath } from './task-path.ts'

/** File names that are frozen wherever they stand. */
const FROZEN_NAMES = [
  ...PACKAGE_FILES,
  // runners and compilers
  'tsconfig*.json',
  '*.tsconfig.json',
  'jsconfig.json',
  'vitest.config.*',
  'vitest.workspace.*',
  'vitest.projects.*',
  'vite.config.*',
  'jest.config.*',
  'jest.preset.*',
  'jest-preset.*',
  'jasmine.json',
  '.mocharc',
  '.mocharc.*',
  'mocha.opts',
  'ava.config.*',
  '.taprc',
  'karma.conf.*',
  'playwright.config.*',
  'cypress.config.*',
  'babel.config.*',
  '.babelrc',
  '.babelrc.*',
  '.swcrc',
  '.nycrc',
  '.nycrc.*',
  '.c8rc',
  '.c8rc.*',
  'rollup.config.*',
  'webpack.config.*',
  'tsup.config.*',
  'tsdown.config.*',
  'esbuild.config.*',
  'web-test-runner.config.*',
  'node.config.json',
  'bunfig.toml',
  '.env',
  '.env.local',
  '.env.test',
  '.env.test.local',
  '.worktreeinclude',
  'pytest.ini',
  '.pytest.ini',
  'pytest.toml',
  '.pytest.toml',
  'tox.ini',
  'noxfile.py',
  'sitecustomize.py',
  'usercustomize.py',
  '*.pth',
  'build.rs',
  'nextest.toml',
  'phpunit.xml',
  'phpunit.xml.dist',
  'build.xml',
  '.coveragerc',
  'turbo.json',
  'nx.json',
  'lerna.json',
  'Makefile',
  'makefile',
  'GNUmakefile',
  'justfile',
  'Justfile',
  'Taskfile.yml',
  'Rakefile',
  'gulpfile.*',
  'Gruntfile.*',
  'CMakeLists.txt',
  // linters and formatters
  '.eslintrc',
  '.eslintrc.*',
  'eslint.config.*',
  '.eslintignore',
  'biome.json',
  'biome.jsonc',
  '.oxlintrc.json',
  '.oxlintrc.jsonc',
  'oxlint.json',
  'oxlint.config.*',
  '.jshintrc',
  '.stylelintrc',
  '.stylelintrc.*',
  'stylelint.config.*',
  '.prettierrc',
  '.prettierrc.*',
  'prettier.config.*',
  '.prettierignore',
  'ruff.toml',
  '.ruff.toml',
  'mypy.ini',
  '.mypy.ini',
  '.flake8',
  '.pylintrc',
  'pylintrc',
  'pyrightconfig.json',
  '.golangci.*',
  'clippy.toml',
  'rustfmt.toml',
  '.editorconfig',
  ...TOOLCHAIN_FILES,
  // agents and git
  '.mcp.json',
  'CLAUDE.md',
  'CLAUDE.local.md',
  'AGENTS.md',
  'GEMINI.md',
  '.cursorrules',
  '.windsurfrules',
  '.gitattributes',
  '.gitmodules',
  '.pre-commit-config.yaml',
  'lefthook.yml',
  // continuous integration
  '.gitlab-ci.yml',
  '.travis.yml',
  'azure-pipelines.yml',
  'Jenkinsfile',
  'bitbucket-pipelines.yml',
  'appveyor.yml',
  '.appveyor.yml',
]

/** Directories whose whole content is frozen, wherever they stand. */
const FROZEN_FOLDERS = [
  '.github',
  '.circleci',
  '.gitlab',
  '.buildkite',
  '.claude',
  '.cursor',
  '.gemini',
  '.codex',
  '.windsurf',
  '.tdd',
  '.husky',
  '.cargo',
  '.yarn',
  '.vscode',
  '.ci',
]

const isFrozen = nameMatcher(FROZEN_NAMES.map((name) => name.toLowerCase()))
const frozenFolders = new Set(FROZEN_FOLDERS)

/**
 * The one class of a path. Frozen names win over everything, unless a suite names exactly that file as a test or
 * fixture; then test wins over source, and what nobody claims is free. With a task, its own `tests` and `sources` add
 * to those of the suites. What sets tests up by its name is a test path, unless the task is given it. `conftest.py` is a test path where test patterns cover it and frozen elsewhere.
 */
export function classifyPath(path: string, suites: readonly Suite[], task?: TaskDefinition): PathClass {
  const tests = suites.map((suite) =>
    [...suite.tests, ...suite.fixtures].map((pattern) => patternFrom(suite.cwd, pattern)),
  )
  if (isFrozenName(path) && !tests.flat().includes(path)) return 'frozen'
  if (isSnapshot(path) || tests.some((patterns) => matchesAny(patterns, path))) return 'test'
  if (setsUpTests(path) && !(task !== undefined && isGiven(path, task))) return 'test'
  if (task !== undefined && namesPath(task, 'tests', path)) return 'test'
  if (path === 'conftest.py' || path.endsWith('/conftest.py')) return 'frozen'
  const sources = suites.map((suite) => suite.sources.map((pattern) => patternFrom(suite.cwd, pattern)))
  if (sources.some((patterns) => matchesAny(patterns, path))) return 'source'
  return task !== undefined && namesPath(task, 'sources', path) ? 'source' : 'free'
}

/** Whether a task may change this frozen path all the same. */
export function isAllowed(path: string, task: TaskDefinition): boolean {
  return holdsPath(task.allow, path)
}

/** What runners load beside every test, and what stands in for modules in them, wherever sources may be. */
function setsUpTests(path: string): boolean {
  return /(?:^|\/)__mocks__\//.test(path) || SETUP_NAME.test(path)
}

const SETUP_NAME =
  /(?:^|\/)(?:(?:vitest|jest|test|tests)[.-](?:global[.-]?)?setup|setup[.-]?(?:tests|jest|vitest)|global[.-]?setup)\.[cm]?[jt]sx?$/i

/** Whether a task names this very path among its sources, or may change it although it is frozen. */
function isGiven(path: string, task: TaskDefinition): boolean {
  return isAllowed(path, task) || task.sources.includes(path)
}

/** Recorded outputs belong to the tests that read them. */
function isSnapshot(path: string): boolean {
  return /(?:^|\/)__snapshots__\//.test(path) || path.endsWith('.snap')
}

function isFrozenName(path: string): boolean {
  const parts = path.split('/')
  const name = (parts.pop() ?? '').toLowerCase()
  if (parts.some((part) => frozenFolders.has(part.toLowerCase()))) return true
  return isFrozen(name)
}
