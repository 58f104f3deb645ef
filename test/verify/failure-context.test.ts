import { describe, expect, it } from 'vitest'
import type { TestFailure } from '../../src/domain/evidence.ts'
import { classifyFailure } from '../../src/domain/standing.ts'
import { failureContext } from '../../src/verify/failure-context.ts'
import { planStubs } from '../../src/verify/stubs/plan-stubs.ts'
import { type Files, NODE_SUITE, PYTEST_SUITE, requestFor } from './stubs/stub-project.ts'

async function contextOf(
  files: Files,
  options: { sources: readonly string[]; testFile: string; failures?: readonly TestFailure[] },
) {
  const suite = options.testFile.endsWith('.py') ? PYTEST_SUITE : NODE_SUITE
  const request = requestFor(files, { suite, sources: options.sources, testFiles: [options.testFile] })
  const plan = await planStubs(request)
  const failures = (options.failures ?? []).map((failure) => ({ file: options.testFile, failure }))
  return await failureContext({ ...request, followed: plan.followed, records: plan.records, failures })
}

function at(message: string, file: string, line: number): TestFailure {
  return { kind: 'error', errorName: 'TypeError', message, frames: [{ file, line }] }
}

const SOURCES = {
  'src/app.js':
    'export class App { start() { return { rows: [] } } }\nexport const build = () => new App()\n',
}

describe('what is known about a failed JavaScript test', () => {
  const file = 'test/a.test.js'
  const files = {
    ...SOURCES,
    'package.json': '{"type":"module"}',
    'test/support/make.js':
      "import { build } from '../../src/app.js'\nexport const make = () => build()\nexport const plain = 1\n",
    [file]: `import assert from 'node:assert'
import { make } from './support/make.js'
let app
test('a', async () => {
  app = make()
  const { rows } = await app.start()
  assert.equal(rows[0].name, 'x')
  const own = [1, 2]
  assert.equal(own.missing.length, 1)
})
`,
  }

  it('tells a value of the sources, followed through helpers and variables, from one of the test’s own', async () => {
    const context = await contextOf(files, { sources: ['src/**'], testFile: file })
    const reading = "Cannot read properties of undefined (reading 'name')"
    const judge = (line: number) =>
      classifyFailure({ file, failure: at(reading, file, line), perFile: false }, context).kind
    expect([judge(7), judge(9)]).toEqual(['fails', 'wrong'])
  })

  it('takes an error that the test makes itself for an assertion by hand', async () => {
    const own = {
      ...files,
      [file]: "throw new Error('there should be one row')\n\n\nthrow JSON.parse('{').Error(own)\n",
    }
    const context = await contextOf(own, { sources: ['src/**'], testFile: file })
    const judge = (line: number) => {
      const failure = { ...at('there should be one row', file, line), errorName: 'Error' }
      return classifyFailure({ file, failure, perFile: false }, context).kind
    }
    expect([judge(1), judge(4)]).toEqual(['fails', 'wrong'])
  })

  it('takes the end of a program of the sources for their exception, and that of any other for the test’s', async () => {
    const context = await contextOf(files, { sources: ['src/**'], testFile: file })
    const judge = (message: string) =>
      classifyFailure(
        { file, failure: { ...at(message, file, 5), errorName: 'Error' }, perFile: false },
        context,
      ).kind
    expect(judge('Command failed: /usr/bin/node src/app.js --version\nunknown option')).toBe('fails')
    expect(judge("Command failed with exit code 2: node 'src/app.js'")).toBe('fails')
    expect(judge('Command failed: /usr/bin/node --version')).toBe('wrong')
    expect(judge('Command failed: node test/support/make.js')).toBe('wrong')
  })

  it('asks the sources for a member, and a test library for none', async () => {
    const failures = [
      at('app.stop is not a function', file, 20),
      at('own.start is not a function', file, 9),
      at('assert.same is not a function', file, 9),
    ]
    const context = await contextOf(files, { sources: ['src/**'], testFile: file, failures })
    expect(
      failures.map((failure) => classifyFailure({ file, failure, perFile: false }, context).kind),
    ).toEqual(['fails', 'wrong', 'wrong'])
  })

  it('knows a module of the task by its path, its specifier or the file that a command misses', async () => {
    const context = await contextOf(files, { sources: ['src/new.ts', 'src/cli.js'], testFile: file })
    const own = [
      'src/new.ts',
      '../src/new',
      '../src/new.js',
      'src/cli.js',
      './src/cli.js',
      'left-pad',
      '../src/typo',
      '/usr/x.js',
    ]
    expect(own.map((module) => context.isOwnModule(module, file))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

it('a module of the task is known with or without what looks like a query in its name', async () => {
  const file = 'test/a.test.js'
  const files = { [file]: `import { c } from '../src/c%23%25&;.js'\n` }
  const context = await contextOf(files, { sources: ['src/c#%&;.js', 'src/new.ts'], testFile: file })
  const own = ['src/c#%&;.js', '../src/new.ts?raw', 'src/c#other.js']
  expect(own.map((module) => context.isOwnModule(module, file))).toEqual([true, true, false])
})

describe('which tests work with a stub', () => {
  it('are those that mention it, through variables and helpers too', async () => {
    const file = 'test/a.test.js'
    const context = await contextOf(
      {
        ...SOURCES,
        'package.json': '{"type":"module"}',
        [file]: `import * as all from '../src/app.js'
import { build, fresh } from '../src/app.js'
const make = () => fresh()
test('old', () => build())
test('direct', () => fresh())
test('helper', () => make())
test('whole old', () => all.build())
test('whole', () => all.more())
`,
      },
      { sources: ['src/**'], testFile: file },
    )
    const names = ['old', 'direct', 'helper', 'whole old', 'whole']
    expect(names.map((name) => context.usesStub({ file, name }))).toEqual([false, true, true, false, true])
  })
})

describe('what is known about a failed Python test', () => {
  it('takes the end of a program of the sources for their exception', async () => {
    const file = 'tests/test_a.py'
    const files = { 'src/calc/__init__.py': '', 'src/calc/__main__.py': '', [file]: 'import subprocess\n' }
    const context = await contextOf(files, { sources: ['src/**'], testFile: file })
    const judge = (command: string) => {
      const message = `Command '${command}' returned non-zero exit status 2.`
      const failure = { ...at(message, file, 1), errorName: 'CalledProcessError' }
      return classifyFailure({ file, failure, perFile: false }, context).kind
    }
    expect(judge("['/usr/bin/python3', '-m', 'calc', '--version']")).toBe('fails')
    expect(judge("['/usr/bin/python3', '-m', 'json.tool']")).toBe('wrong')
  })

  it('follows imports and fixtures', async () => {
    const file = 'tests/test_a.py'
    const files = {
      'src/pkg/__init__.py': '',
      'src/pkg/app.py': 'def run():\n    return None\n',
      [file]: `from pkg.app import run
import json
def test_a(client):
    got = run()
    assert got.total == 1
    other = json.loads("{}")
    assert other.total == 1
    assert client.total == 1
`,
    }
    const none = "'NoneType' object is not subscriptable"
    const context = await contextOf(files, { sources: ['src/pkg/app.py', 'src/pkg/late.py'], testFile: file })
    const judge = (line: number) =>
      classifyFailure({ file, failure: at(none, file, line), perFile: false }, context).kind
    expect([judge(5), judge(8)]).toEqual(['fails', 'fails'])
    expect(
      ['pkg.late', 'pkg.nowhere', 'requests'].map((module) => context.isOwnModule(module, file)),
    ).toEqual([true, false, false])
  })

  it('takes a module for the task’s own wherever the suite imports from', async () => {
    const file = 'tests/test_a.py'
    const context = await contextOf(
      { 'pytest.ini': '[pytest]\npythonpath = pkg\n', [file]: 'from mul import mul\n' },
      { sources: ['pkg/**'], testFile: file, failures: [at("No module named 'mul'", file, 1)] },
    )
    expect(context.isOwnModule('mul', file)).toBe(true)
  })

  it('follows what a context manager of the sources hands to a helper of the test', async () => {
    const file = 'tests/test_a.py'
    const files = {
      'src/pkg/__init__.py': '',
      'src/pkg/app.py': 'def pager():\n    return open("x", "wb")\n',
      [file]: `import io
import pkg.app
def page():
    with pkg.app.pager() as stream:
        stream.write("hello")


def own():
    other = io.BytesIO()
    other.write("hello")


def test_a(page):
    page()
`,
    }
    const context = await contextOf(files, { sources: ['src/pkg/app.py'], testFile: file })
    const judge = (line: number) => {
      const failure = at("a bytes-like object is required, not 'str'", file, line)
      return classifyFailure({ file, failure, perFile: false }, context).kind
    }
    expect([judge(5), judge(10)]).toEqual(['fails', 'wrong'])
  })
})
