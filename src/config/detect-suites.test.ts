import { describe, expect, it } from 'vitest'
import { resolveSuites } from '../protocol/suite-file.ts'
import { detectSuites } from './detect-suites.ts'
import type { DetectedSuites } from './detect-suites.ts'
import { parseConfigFile } from './load.ts'
import { renderConfig } from './render-config.ts'

describe('detectSuites in JavaScript', () => {
  it.each([
    ['vitest', { scripts: { test: 'npm run lint && npm run test:unit', 'test:unit': 'vitest run' } }],
    ['jest', { scripts: { test: 'jest --coverage' } }],
    ['mocha', { scripts: { test: 'nyc mocha --reporter spec test/' } }],
    ['ava', { scripts: { test: 'xo && ava && tsd' } }],
    ['tap', { scripts: { test: 'tap --cov' } }],
    ['node', { scripts: { test: 'c8 node --test' } }],
    ['node', { scripts: { test: 'node --import tsx --test "test/*.ts"' } }],
    ['jest', { devDependencies: { jest: '1' } }],
  ])('finds %s in %j', async (runner, manifest) => {
    const { suites } = await detect({ 'package.json': JSON.stringify(manifest), 'test/a.test.js': '' })
    expect(suites).toMatchObject([{ name: 'main', cwd: '.', runner, tests: ['test/**'] }])
  })

  it('looks at what tests import when nothing else tells', async () => {
    const { suites } = await detect({
      'package.json': '{}',
      'test/a.test.js': "import test from 'node:test'",
    })
    expect(suites).toMatchObject([{ runner: 'node', setup: [] }])
  })

  it('keeps the options of a script without which tests would not load', async () => {
    const script = (test: string): Promise<DetectedSuites> =>
      detect({ 'package.json': JSON.stringify({ scripts: { test } }), 'test/a.js': '' })
    expect((await script('mocha --require test/env --check-leaks')).suites[0]?.args).toEqual([
      '--require',
      'test/env',
    ])
    expect((await script('node --import=tsx --test')).suites[0]?.args).toEqual(['--import=tsx'])
    expect((await script('NODE_OPTIONS=--experimental-vm-modules jest')).suites[0]?.command).toEqual([
      'node',
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
    ])
  })

  it.each([
    ['tap', 'test/a.js', { test: 'tap -R terse' }, ['node', '{files}'], []],
    [
      'tap',
      'test/a.ts',
      { test: 'tap' },
      [
        'npx',
        '--no-install',
        'tap',
        'run',
        '--reporter=tap',
        '--disable-coverage',
        '--allow-empty-coverage',
        '{files}',
      ],
      [],
    ],
    ['tape', 'test/a.js', { test: 'nyc tape -r ./env "test/**/*.js"' }, ['node', '{files}'], ['-r', './env']],
    ['tape', 'test/a.js', {}, ['node', '{files}'], []],
  ])('runs the files of %s one by one as TAP: %s with %j', async (name, file, scripts, command, options) => {
    const { suites } = await detect({
      'package.json': JSON.stringify({ scripts, devDependencies: { [name]: '1' } }),
      [file]: '',
    })
    const [node = '', ...rest] = command
    expect(suites).toMatchObject([{ runner: 'tap', command: [node, ...options, ...rest], args: [] }])
  })

  it.each([
    [
      { pretest: 'rimraf build && tsc', test: 'mocha', build: 'x' },
      "import '../build/lib/index.js'",
      'pretest',
    ],
    [{ test: 'node --test', build: 'node esbuild.js' }, "const m = require('../../lib/m.esm.js')", 'build'],
    [{ test: 'ava', compile: 'tsc' }, "import m from '..'", 'compile'],
    [{ test: 'mocha', prepare: 'npm run build', build: 'tsc' }, "import m from 'me/sub'", 'build'],
  ])(
    'builds before the tests with %j where they read what no commit holds: %s',
    async (scripts, text, built) => {
      const { suites } = await detect({
        'package.json': JSON.stringify({ name: 'me', main: './build/lib/index.js', scripts }),
        'package-lock.json': '{}',
        'src/index.ts': '',
        [text.includes('../../') ? 'test/unit/a.js' : 'test/a.js']: text,
      })
      expect(suites[0]?.build).toEqual([['npm', 'run', built]])
    },
  )

  it.each([
    ["import '../src/index.js'", {}],
    ["import '../src'; import './fixtures/missing.js'; import 'other'", {}],
    ["import '../build/lib/index.js'", { build: undefined }],
    ["import m from '..'", { main: 'src/index.ts' }],
    [
      "import m from 'me'",
      { name: 'me', main: 'dist/index.js', scripts: { test: 'vitest run', build: 'tsc' } },
    ],
  ])('builds nothing for %s with %j', async (text, fields) => {
    const { suites } = await detect({
      'package.json': JSON.stringify({
        scripts: { test: 'mocha', ...('build' in fields ? {} : { build: 'tsc' }) },
        ...fields,
      }),
      'src/index.ts': '',
      'test/a.js': text,
    })
    expect(suites[0]?.build).toEqual([])
  })

  it('takes the test paths that a script names, and what lies beside them for helpers', async () => {
    const scripts = {
      test: 'npm run unit && npm run more',
      unit: 'mocha -r test/env test/unit/**/*.js',
      more: 'mocha test/more/',
    }
    const { suites } = await detect({
      'package.json': JSON.stringify({ scripts }),
      'test/unit/a.js': '',
      'test/karma/b.js': '',
      'test/env.js': '',
    })
    expect(suites[0]).toMatchObject({
      tests: ['test/unit/**/*.js', 'test/more/**'],
      fixtures: ['test/**'],
      args: ['-r', 'test/env'],
    })
  })

  it('tells tests, sources and fixtures from the files that are there', async () => {
    const { suites } = await detect({
      'package.json': '{"devDependencies":{"vitest":"1"}}',
      'src/a.ts': '',
      'src/a.test.ts': '',
      'src/deep/er/__tests__/b.ts': '',
      'src/lib/__fixtures__/x.ts': '',
      'test/fixtures/y.json': '',
      'test/c.ts': '',
      'index.ts': '',
      'vitest.config.ts': '',
      'docs/example.test.ts': '',
      'scripts/release.ts': '',
      'lib/commands/test.js': '',
    })
    expect(suites).toMatchObject([
      {
        tests: ['src/**/*.test.ts', 'src/**/__tests__/**', 'test/**'],
        sources: ['index.ts', 'lib/**', 'src/**'],
        fixtures: ['src/**/__fixtures__/**', 'test/fixtures/**'],
      },
    ])
  })

  it.each([
    ['package-lock.json', {}, ['npm', 'ci']],
    ['pnpm-lock.yaml', {}, ['pnpm', 'install', '--frozen-lockfile']],
    ['yarn.lock', {}, ['yarn', 'install', '--frozen-lockfile']],
    ['yarn.lock', { packageManager: 'yarn@4.1.0' }, ['yarn', 'install', '--immutable']],
    ['bun.lock', {}, ['bun', 'install', '--frozen-lockfile']],
    ['none', {}, ['npm', 'install', '--no-package-lock', '--no-audit', '--no-fund']],
  ])('sets up with %s and %j', async (lock, fields, command) => {
    const manifest = JSON.stringify({ devDependencies: { ava: '1' }, ...fields })
    const { suites } = await detect({ 'package.json': manifest, 'test.js': '', [lock]: '' })
    expect(suites[0]?.setup).toEqual([command])
  })

  it.each([
    ['', { YARN_NODE_LINKER: 'node-modules' }],
    ['nodeLinker: pnp\n', { YARN_NODE_LINKER: 'node-modules' }],
    ['# nodeLinker: node-modules\n', { YARN_NODE_LINKER: 'node-modules' }],
    ['nodeLinker: node-modules\n', {}],
    ['nodeLinker: "pnpm"\n', {}],
  ])("gives yarn's Plug'n'Play a node_modules: %j", async (settings, env) => {
    const manifest = JSON.stringify({
      packageManager: 'yarn@4.1.0',
      devDependencies: { ava: '1', typescript: '6' },
    })
    const files = { 'package.json': manifest, 'test.js': '', 'tsconfig.json': '{}', 'yarn.lock': '' }
    const { suites } = await detect({ ...files, '.yarnrc.yml': settings })
    expect(suites[0]?.env).toEqual(env)
    expect(suites[0]?.checks).toEqual({ types: ['npx', '--no-install', 'tsc', '--noEmit'] })
  })

  it("says that what Plug'n'Play wrote stands in the way where it is in git", async () => {
    const manifest = JSON.stringify({ packageManager: 'yarn@4.1.0', devDependencies: { ava: '1' } })
    const files = { 'package.json': manifest, 'test.js': '', 'yarn.lock': '', '.pnp.cjs': '' }
    expect((await detect(files)).notes.join()).toContain('.pnp.cjs is in git')
    const other = await detect({ ...files, '.yarnrc.yml': 'nodeLinker: node-modules\n' })
    expect(other.notes.join()).not.toContain('.pnp.cjs')
  })

  it('checks with what is installed and configured', async () => {
    const manifest = JSON.stringify({
      devDependencies: { vitest: '1', typescript: '6', eslint: '9', '@biomejs/biome': '2', oxlint: '1' },
    })
    const { suites } = await detect({
      'package.json': manifest,
      'tsconfig.json': '{}',
      'eslint.config.js': '',
      'test/a.ts': '',
    })
    expect(suites[0]?.checks).toEqual({
      types: ['npx', '--no-install', 'tsc', '--noEmit'],
      eslint: ['npx', '--no-install', 'eslint', '.'],
      oxlint: ['npx', '--no-install', 'oxlint'],
    })
    const referring = {
      'package.json': manifest,
      'tsconfig.json': '{"files":[],"references":[{"path":"./a"}]}',
      'test/a.ts': '',
    }
    expect((await detect(referring)).suites[0]?.checks).not.toHaveProperty('types')
  })

  it('gives each package of a workspace with tests its own suite', async () => {
    const { suites } = await detect({
      'package.json': '{"workspaces":["packages/*"],"devDependencies":{"vitest":"1"}}',
      'package-lock.json': '{}',
      'test/e2e.test.js': '',
      'packages/a/package.json': '{"name":"@x/a"}',
      'packages/a/src/a.test.ts': '',
      'packages/b/package.json': '{"scripts":{"test":"jest"}}',
      'packages/b/test/b.js': '',
      'packages/c/package.json': '{}',
      'packages/c/index.js': '',
      'packages/a/test/fixtures/app/package.json': '{"scripts":{"test":"mocha"}}',
      'packages/a/test/fixtures/app/test/x.js': '',
    })
    expect(
      suites.map(({ name, cwd, runner, tests, setup }) => ({ name, cwd, runner, tests, setup })),
    ).toEqual([
      { name: 'main', cwd: '.', runner: 'vitest', tests: ['test/**'], setup: [['npm', 'ci']] },
      {
        name: 'a',
        cwd: 'packages/a',
        runner: 'vitest',
        tests: ['src/**/*.test.ts'],
        setup: [['npm', 'ci', '--prefix', '../..']],
      },
      {
        name: 'b',
        cwd: 'packages/b',
        runner: 'jest',
        tests: ['test/**'],
        setup: [['npm', 'ci', '--prefix', '../..']],
      },
    ])
  })

  it('counts the sources of packages without tests to the nearest package above them that has some', async () => {
    const { suites } = await detect({
      'package.json': '{"workspaces":["packages/*"],"scripts":{"test":"node --test"}}',
      'test/a.test.js': '',
      'packages/core/package.json': '{}',
      'packages/core/src/a.js': '',
      'packages/core/index.js': '',
      'packages/own/package.json': '{"scripts":{"test":"node --test"}}',
      'packages/own/src/b.js': '',
      'packages/own/test/b.test.js': '',
      'packages/own/inner/package.json': '{"dependencies":{"x":"1"}}',
      'packages/own/inner/lib/c.js': '',
      'docs/package.json': '{"dependencies":{"x":"1"}}',
      'docs/src/page.js': '',
    })
    expect(suites.map(({ cwd, sources }) => [cwd, sources])).toEqual([
      ['.', ['packages/core/index.js', 'packages/core/src/**']],
      ['packages/own', ['inner/lib/**', 'src/**']],
    ])
  })

  it('says so when it knows no runner, and assumes node:test where nothing is there yet', async () => {
    const unknown = await detect({
      'package.json': '{"scripts":{"test":"qunit test/*.js"}}',
      'test/a.js': '',
    })
    expect(unknown.suites).toEqual([])
    expect(unknown.notes[0]).toContain('package.json names no test runner that is known')
    const fresh = await detect({ 'package.json': '{}' })
    expect(fresh.suites).toMatchObject([{ runner: 'node', tests: ['test/**'], sources: ['src/**'] }])
    expect(fresh.notes[0]).toContain('node:test is assumed')
    expect(await detect({ 'README.md': '' })).toEqual({ suites: [], notes: [] })
  })
})

describe('detectSuites elsewhere', () => {
  it('finds pytest with uv, its groups and checks', async () => {
    const pyproject =
      '[project]\nname = "x"\n[dependency-groups]\ntest = ["pytest", "ruff>=0.1"]\n[tool.ruff]\n'
    const files = {
      'pyproject.toml': pyproject,
      'uv.lock': '',
      'src/x/__init__.py': '',
      'tests/test_x.py': '',
      'setup.py': '',
    }
    expect((await detect(files)).suites).toMatchObject([
      {
        runner: 'pytest',
        tests: ['tests/**'],
        sources: ['src/**'],
        setup: [['uv', 'sync', '--frozen', '--group', 'test']],
        command: ['.venv/bin/python', '-m', 'pytest'],
        checks: { ruff: ['.venv/bin/python', '-m', 'ruff', 'check', '.'] },
      },
    ])
    const pip = await detect(files, (program) => program !== 'uv')
    expect(pip.suites[0]?.setup).toEqual([
      ['python3', '-m', 'venv', '.venv'],
      [
        '.venv/bin/python',
        '-m',
        'pip',
        'install',
        '--disable-pip-version-check',
        '-e',
        '.',
        'pytest',
        'ruff>=0.1',
      ],
    ])
  })

  it('finds poetry, whose environment lies in the tree', async () => {
    const { suites } = await detect({
      'pyproject.toml': '[tool.poetry]\nname = "x"\n',
      'poetry.lock': '',
      'tests/test_x.py': '',
    })
    expect(suites).toMatchObject([
      {
        setup: [['poetry', 'install', '--no-interaction']],
        command: ['.venv/bin/python', '-m', 'pytest'],
        env: {
          POETRY_VIRTUALENVS_IN_PROJECT: 'true',
          PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring',
        },
      },
    ])
  })

  it('finds tests of Python beside modules and in a directory of any name', async () => {
    const { suites } = await detect({
      'setup.cfg': '',
      'x/__init__.py': '',
      'x/a.py': '',
      'x/b.py': '',
      'x/test_a.py': '',
      'testing/test_b.py': '',
      'testing/help.py': '',
    })
    expect(suites[0]).toMatchObject({ tests: ['testing/**', 'x/**/test_*.py'], sources: ['x/**'] })
  })

  it('finds Go modules, the inner one apart from the outer, and Cargo workspaces once', async () => {
    const { suites } = await detect({
      'go.mod': '',
      'go.sum': '',
      'a.go': '',
      'tools/go.mod': '',
      'tools/b.go': '',
      'rust/Cargo.toml': '[workspace]\nmembers = ["one"]\n',
      'rust/one/Cargo.toml': '[package]\n',
    })
    expect(suites.map(({ name, cwd, runner, tests }) => ({ name, cwd, runner, tests }))).toEqual([
      { name: 'main', cwd: '.', runner: 'go', tests: ['**/*_test.go', '!tools/**'] },
      { name: 'rust', cwd: 'rust', runner: 'cargo', tests: ['**/tests/**'] },
      { name: 'tools', cwd: 'tools', runner: 'go', tests: ['**/*_test.go'] },
    ])
  })

  it('gives two languages in one directory two names and their own tests', async () => {
    const { suites } = await detect({
      'package.json': '{"scripts":{"test":"ava"}}',
      'pyproject.toml': '',
      'test/a.js': '',
      'test/test_b.py': '',
      'src/a.js': '',
      'src/b.py': '',
    })
    expect(suites.map(({ name, tests }) => [name, tests])).toEqual([
      ['main', ['test/**/*.{js,jsx,ts,tsx,cjs,cts,mjs,mts}']],
      ['pytest', ['test/**/*.py']],
    ])
  })
})

describe('renderConfig', () => {
  it('writes a configuration that reads as the same suites', async () => {
    const { suites } = await detect({
      'package.json':
        '{"workspaces":["packages/*"],"devDependencies":{"mocha":"1","typescript":"6"},"scripts":{"test":"mocha -r tsx"}}',
      'tsconfig.json': '{}',
      'test/fixtures/a.json': '',
      'test/a.ts': '',
      'packages/b/package.json': '{"scripts":{"test":"NODE_OPTIONS=--experimental-vm-modules jest"}}',
      'packages/b/test/b.js': '',
      'py/pyproject.toml': '[build-system]\nrequires = ["setuptools-scm"]\n',
      'py/tests/test_x.py': '',
    })
    expect(suites).toHaveLength(3)
    const file = parseConfigFile(renderConfig(suites), 'config.toml')
    expect(resolveSuites(file.suites ?? [], [], ['suites'])).toEqual({ suites, problems: [] })
  })

  it('writes a configuration without suites where none were found', () => {
    expect(parseConfigFile(renderConfig([]), 'config.toml')).toEqual({ run: { workers: 3 } })
  })
})

function detect(
  files: Readonly<Record<string, string>>,
  has?: (program: string) => boolean,
): Promise<DetectedSuites> {
  const paths = Object.keys(files).filter((path) => path !== 'none')
  return detectSuites({
    files: paths,
    read: (path) => Promise.resolve(files[path] ?? null),
    ...(has === undefined ? {} : { has }),
  })
}
