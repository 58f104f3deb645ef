import type { Command } from '../../domain/suite.ts'
import { isUnder } from '../../domain/plan-path.ts'
import { layoutOf } from './layout.ts'
import type { Language, Layout } from './layout.ts'
import { dig, directoryOf, inside, isForeign, isRecord, readData, texts, within } from './reader.ts'
import type { Findings, FoundSuite, RepositoryReader } from './reader.ts'

export const PYTHON: Language = {
  code: /\.py$/,
  testName: /^(?:(test_).*|.*(_test))\.py$/,
  testPattern: (match) => (match[1] === undefined ? '*_test.py' : 'test_*.py'),
  configuration: /^(setup|conftest|noxfile|tasks|fabfile)\.py$/,
}

const INTERPRETER = '.venv/bin/python'
const PROJECT_FILE = /(^|\/)(pyproject\.toml|setup\.py|setup\.cfg|pytest\.ini|tox\.ini)$/

/** One pytest suite for each Python project that has tests. */
export async function detectPython(reader: RepositoryReader): Promise<Findings> {
  const directories = new Set(
    reader.files.filter((path) => PROJECT_FILE.test(path) && !isForeign(path)).map(directoryOf),
  )
  const loose =
    directories.size === 0 && reader.files.some((path) => /^tests?\/(.*\/)?test_[^/]*\.py$/.test(path))
  if (loose) directories.add('.')
  const suites: FoundSuite[] = []
  const notes: string[] = []
  for (const directory of [...directories].sort()) {
    const nested = [...directories].filter((other) => other !== directory && isUnder(other, directory))
    const files = reader.files
      .filter((path) => isUnder(path, directory) && !nested.some((other) => isUnder(path, other)))
      .map((path) => within(directory, path))
    const layout = withTestDirectories(layoutOf(files, PYTHON), files)
    if (!layout.testFiles.some((file) => /(^|\/)(test_[^/]*|[^/]*_tests?|tests?)\.py$/.test(file))) continue
    const project = await readProject(reader, directory)
    suites.push({
      label: directory === '.' ? 'main' : (directory.split('/').at(-1) ?? 'main'),
      cwd: directory,
      runner: 'pytest',
      tests: layout.tests,
      sources: layout.sources.length > 0 ? layout.sources : ['src/**'],
      fixtures: layout.fixtures,
      ...setupOf(reader, project),
      checks: checksOf(project),
    })
    if (project.versioned) {
      notes.push(
        `${inside(directory, 'pyproject.toml')} takes its version from git; trees have none, so it is set to 0.0.0`,
      )
    }
  }
  return { suites, notes }
}

/** A directory at the top most of whose modules are tests (`testing/`) is one of tests, helpers and all. */
function withTestDirectories(layout: Layout, files: readonly string[]): Layout {
  const tops = new Set(
    layout.testFiles
      .map((file) => file.split('/'))
      .flatMap(([top, rest]) => (rest === undefined || top === 'src' ? [] : [top])),
  )
  const mostly = [...tops].filter((top) => {
    const modules = files.filter((file) => file.startsWith(`${top}/`) && file.endsWith('.py'))
    return modules.filter((file) => layout.testFiles.includes(file)).length * 2 >= modules.length
  })
  if (mostly.length === 0) return layout
  const others = layout.tests.filter((pattern) => !mostly.includes(pattern.split('/')[0] ?? ''))
  const whole = mostly.map((top) => `${top}/**`)
  return {
    ...layout,
    tests: [...others, ...whole].sort(),
    sources: layout.sources.filter((pattern) => !whole.includes(pattern)),
  }
}

interface PythonProject {
  readonly directory: string
  readonly names: ReadonlySet<string>
  readonly pyproject: Record<string, unknown>
  /** Its package can be installed. */
  readonly installable: boolean
  /** Requirements of its groups for tests and development. */
  readonly testRequirements: readonly string[]
  /** Extras and groups for tests, by name. */
  readonly extras: readonly string[]
  readonly groups: readonly string[]
  readonly requirementFiles: readonly string[]
  /** Packages that those files name. */
  readonly required: readonly string[]
  /** Its version comes from git. */
  readonly versioned: boolean
}

const TEST_GROUP = /^(tests?|testing|dev|development|typing|lint)$/i

async function readProject(reader: RepositoryReader, directory: string): Promise<PythonProject> {
  const names = new Set(
    reader.files.filter((path) => isUnder(path, directory)).map((path) => within(directory, path)),
  )
  const pyproject = (await readData(reader, inside(directory, 'pyproject.toml'))) ?? {}
  const groups = keysOf(dig(pyproject, 'dependency-groups')).filter((name) => TEST_GROUP.test(name))
  const backend = JSON.stringify(dig(pyproject, 'build-system') ?? '')
  const requirementFiles = REQUIREMENT_FILES.filter((name) => names.has(name))
  const listed = await Promise.all(requirementFiles.map((name) => reader.read(inside(directory, name))))
  return {
    directory,
    names,
    pyproject,
    installable:
      names.has('setup.py') || isRecord(pyproject['project']) || isRecord(dig(pyproject, 'tool', 'poetry')),
    testRequirements: groups.flatMap((name) => requirements(pyproject, name, 0)),
    extras: keysOf(dig(pyproject, 'project', 'optional-dependencies')).filter((name) =>
      TEST_GROUP.test(name),
    ),
    groups,
    requirementFiles,
    required: listed.flatMap((text) => (text ?? '').split('\n').map((line) => line.trim())),
    versioned: /setuptools[_-]scm|hatch-vcs|versioningit|pdm.*scm/.test(
      backend + JSON.stringify(dig(pyproject, 'tool') ?? ''),
    ),
  }
}

const REQUIREMENT_FILES = [
  'requirements.txt',
  'requirements-dev.txt',
  'requirements-test.txt',
  'requirements-tests.txt',
  'dev-requirements.txt',
  'test-requirements.txt',
  'requirements/tests.txt',
  'requirements/test.txt',
  'requirements/dev.txt',
]

function requirements(pyproject: unknown, group: string, depth: number): string[] {
  const entries = dig(pyproject, 'dependency-groups', group)
  if (!Array.isArray(entries) || depth > 5) return []
  return entries.flatMap((entry: unknown) => {
    if (typeof entry === 'string') return [entry]
    const included = dig(entry, 'include-group')
    return typeof included === 'string' ? requirements(pyproject, included, depth + 1) : []
  })
}

function setupOf(
  reader: RepositoryReader,
  project: PythonProject,
): Pick<FoundSuite, 'setup' | 'command' | 'env'> {
  const has = (program: string): boolean => reader.has?.(program) ?? true
  const env: Record<string, string> = project.versioned
    ? { SETUPTOOLS_SCM_PRETEND_VERSION: '0.0.0', PDM_BUILD_SCM_VERSION: '0.0.0' }
    : {}
  const command: Command = [INTERPRETER, '-m', 'pytest']
  if (project.names.has('uv.lock') && has('uv')) {
    const defaults = dig(project.pyproject, 'tool', 'uv', 'default-groups')
    const groups = defaults === undefined ? project.groups.flatMap((name) => ['--group', name]) : []
    const extras = project.extras.flatMap((name) => ['--extra', name])
    return { setup: [['uv', 'sync', '--frozen', ...groups, ...extras]], command, env }
  }
  if (project.names.has('poetry.lock') && has('poetry')) {
    const setup = [
      ['poetry', 'install', '--no-interaction', ...(project.extras.length > 0 ? ['--all-extras'] : [])],
    ]
    return { setup, command, env: { ...env, ...POETRY } }
  }
  const pip = [INTERPRETER, '-m', 'pip', 'install', '--disable-pip-version-check']
  const files = project.requirementFiles.flatMap((file) => ['-r', file])
  const extras = project.extras.length > 0 ? `.[${project.extras.join(',')}]` : '.'
  const self = project.installable ? ['-e', extras] : []
  const poetry = keysOf(dig(project.pyproject, 'tool', 'poetry', 'group', 'dev', 'dependencies')).filter(
    (name) => name !== 'python',
  )
  const setup = [
    ['python3', '-m', 'venv', '.venv'],
    [...pip, ...files, ...self, ...new Set(['pytest', ...project.testRequirements, ...poetry])],
  ]
  return { setup, command, env }
}

/** A slot has no desktop whose keyring could be asked. */
const POETRY = {
  POETRY_VIRTUALENVS_IN_PROJECT: 'true',
  PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring',
}

function checksOf(project: PythonProject): Record<string, Command> {
  const words = JSON.stringify([
    project.testRequirements,
    project.required,
    dig(project.pyproject, 'project', 'optional-dependencies'),
    dig(project.pyproject, 'tool', 'poetry'),
  ])
  const installed = (name: string): boolean => new RegExp(`"${name}(?![\\w-])`).test(words)
  const configured = (name: string, files: readonly string[]): boolean =>
    dig(project.pyproject, 'tool', name) !== undefined || files.some((file) => project.names.has(file))
  const checks: Record<string, Command> = {}
  if (installed('ruff') && configured('ruff', ['ruff.toml', '.ruff.toml'])) {
    checks['ruff'] = [INTERPRETER, '-m', 'ruff', 'check', '.']
  }
  if (installed('mypy') && configured('mypy', ['mypy.ini', '.mypy.ini'])) {
    const named =
      texts(dig(project.pyproject, 'tool', 'mypy', 'files')).length > 0 ||
      dig(project.pyproject, 'tool', 'mypy', 'packages') !== undefined
    checks['mypy'] = [INTERPRETER, '-m', 'mypy', ...(named ? [] : ['.'])]
  }
  return checks
}

function keysOf(value: unknown): string[] {
  return isRecord(value) ? Object.keys(value) : []
}
