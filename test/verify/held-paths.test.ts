import { expect, it } from 'vitest'
import type { TaskDefinition } from '../../src/domain/plan.ts'
import type { Suite } from '../../src/domain/suite.ts'
import { heldPaths, maySteer } from '../../src/verify/held-paths.ts'
import { sampleSuite, sampleTask } from '../support/proof-samples.ts'

type Files = Readonly<Record<string, string>>

const HELPERS = {
  'test/a.test.js': "import { check } from '../testing/check.js'\nimport { a } from '../src/a.js'\n",
  'testing/check.js': "import './deep.js'\n",
  'testing/deep.js': '',
  'testing/unused.js': '',
  'src/a.js': "import '../lib/b.js'\n",
  'lib/b.js': '',
}

it('holds what tests import, directly or through a helper, and no sources nor what only these import', async () => {
  expect(await held(HELPERS)).toEqual(['testing/check.js', 'testing/deep.js'])
})

it('lets a task change a helper that its sources name', async () => {
  expect(await held(HELPERS, { task: { sources: ['src/parse.js', 'testing/**'] } })).toEqual([])
})

it('takes the sources of another suite for sources', async () => {
  const other = sampleSuite({ name: 'other', sources: ['testing/**'], tests: ['spec/**'] })
  expect(await held(HELPERS, { others: [other] })).toEqual([])
})

it('holds what a conftest imports', async () => {
  const files = {
    'tests/conftest.py': 'from testing.plugin import fixture\n',
    'testing/__init__.py': '',
    'testing/plugin.py': '',
    'src/calc.py': '',
  }
  expect(await held(files, { suite: { runner: 'pytest', tests: ['tests/**'] } })).toContain(
    'testing/plugin.py',
  )
})

it.each<[string, Files]>([
  ['vitest.config.ts', { 'vitest.config.ts': "export default { test: { setupFiles: ['./prepare.js'] } }" }],
  ['vitest.config.ts', { 'vitest.config.ts': 'export default { a: resolve(__dirname, `${b}/prepare`) }' }],
  ['jest', { 'package.json': '{ "jest": { "setupFiles": ["<rootDir>/prepare.js"] } }' }],
  ['a script', { 'package.json': '{ "scripts": { "test": "node --import=./prepare.js --test" } }' }],
  ['.mocharc.yml', { '.mocharc.yml': 'require:\n  - ./prepare.js\n' }],
  ['ava', { 'ava.config.js': "export default { require: ['./prepare.js'] }" }],
  ['.taprc', { '.taprc': 'before: ./prepare.js\n' }],
  ['babel', { '.babelrc': '{ "plugins": ["./prepare.js"] }' }],
  ['tsconfig', { 'tsconfig.json': '{ "extends": "./prepare.js", "files": ["index.js"] }' }],
])('holds what configuration names: %s', async (_, files) => {
  const others = { 'prepare.js': "import './inner.js'\n", 'inner.js': '', 'index.js': '', 'README.md': '' }
  expect(await held({ ...others, ...files })).toEqual(['inner.js', 'prepare.js'])
})

it('takes nothing else of a manifest for configuration of tests', async () => {
  const manifest = '{ "main": "index.js", "files": ["README.md"], "scripts": { "build": "node ./build.js" } }'
  expect(await held({ 'package.json': manifest, 'index.js': '', 'build.js': '', 'README.md': '' })).toEqual(
    [],
  )
})

it('holds the plug-in of a pytest configuration, and what a command of the suite names', async () => {
  const files = {
    'pyproject.toml': '[project]\nname = "tool.py"\n[tool.pytest.ini_options]\naddopts = "-p helper"\n',
  }
  const suite = { runner: 'pytest', args: ['-p', 'other', '--rootdir=./root.py'] } as const
  const others = { 'helper.py': '', 'other.py': '', 'root.py': '', 'tool.py': '' }
  expect(await held({ ...files, ...others }, { suite })).toEqual(['helper.py', 'other.py', 'root.py'])
})

it('reads configuration from the directory of the suite and from its own', async () => {
  const files = {
    'packages/a/vitest.config.js': "export default { setup: ['./near.js'] }",
    'vitest.config.js': "export default { setup: ['./top.js', './below.js'] }",
    'packages/b/vitest.config.js': "export default { setup: ['./far.js'] }",
    'packages/a/near.js': '',
    'packages/a/below.js': '',
    'packages/b/far.js': '',
    'top.js': '',
  }
  const suite = { cwd: 'packages/a' }
  expect(await held(files, { suite })).toEqual(['packages/a/below.js', 'packages/a/near.js', 'top.js'])
})

it('suspects whatever a command may run, and no prose', () => {
  expect(['bin/test', 'scripts/run.rb', 'testing/check.js', 'table.json'].filter(maySteer)).toHaveLength(4)
  expect(['README.md', 'LICENSE', 'docs/index.html', 'logo.png'].filter(maySteer)).toEqual([])
})

async function held(
  files: Files,
  over: {
    readonly suite?: Partial<Suite>
    readonly task?: Partial<TaskDefinition>
    readonly others?: readonly Suite[]
  } = {},
): Promise<string[]> {
  const suite = sampleSuite(over.suite)
  const task = sampleTask(over.task)
  const trees = {
    files: () =>
      Promise.resolve(new Map(Object.keys(files).map((path) => [path, { mode: '100644', id: path }]))),
    read: (_: string, path: string) => Promise.resolve(files[path] ?? null),
  }
  const suites = [suite, ...(over.others ?? [])]
  return [...(await heldPaths(trees, { suite, suites, task, tree: 'tree' })).keys()].toSorted()
}
