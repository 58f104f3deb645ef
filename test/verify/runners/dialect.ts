import type { RunnerName } from '../../../src/domain/suite.ts'

/** How one runner's test files are written, so that the same shapes can be tried with all of them. */
export interface Dialect {
  readonly runner: RunnerName
  readonly extension: string
  /** The name of a test file with this stem. */
  file(stem: string): string
  /** Files that every project of this runner has. */
  readonly project: Readonly<Record<string, string>>
  readonly shapes: Readonly<Record<Shape, string>>
  /** Text of a file that imports this one. */
  importing(file: string): string
  /** How this runner joins a name that a loop or a parametrisation gives twice. */
  readonly duplicated: readonly string[]
  /** Tests of one file that each fail by a snapshot that differs or is not there; of runners that have snapshots. */
  readonly snapshots?: string
}

export const SHAPES = [
  'passing',
  'failing',
  'oddFailures',
  'sourceThrows',
  'testThrows',
  'syntax',
  'missingModule',
  'missingExport',
  'skipped',
  'nested',
  'hanging',
  'hangsAfterFailure',
  'killedAfterFailure',
  'exitInTest',
  'exitInModule',
  'noTests',
  'duplicates',
  'forged',
  'flooding',
  'lateThrow',
  'lateRejection',
  'beforeFails',
  'afterFails',
] as const
export type Shape = (typeof SHAPES)[number]

interface Words {
  readonly header: string
  readonly equal: (left: string, right: string) => string
  readonly beforeAll: string
  readonly afterAll: string
  readonly todo: string
}

export const nodeDialect = javascript('node', {
  header: `import test, { describe, it, before, after } from 'node:test'\nimport assert from 'node:assert'\n`,
  equal: (left, right) => `assert.equal(${left}, ${right})`,
  beforeAll: 'before',
  afterAll: 'after',
  todo: `test.todo('later')`,
})

const VITEST = `import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'\n`

const SNAPSHOTS = `test('inline', () => { expect(1).toMatchInlineSnapshot('2') })
test('not there', () => { expect(1).toMatchSnapshot() })
test('with a hint', () => { expect(1).toMatchSnapshot('of\\nlines') })
test('of properties', () => { expect({ a: 1 }).toMatchSnapshot({ a: 2 }) })
test('of no object', () => { expect(undefined).toMatchSnapshot({ a: 2 }) })
test('of an error', () => { expect(() => { throw new Error('no') }).toThrowErrorMatchingSnapshot() })
test('of no error', () => { expect(() => 1).toThrowErrorMatchingInlineSnapshot('no') })
`

export const vitestDialect: Dialect = {
  ...javascript('vitest', {
    header: VITEST,
    equal: (left, right) => `expect(${left}).toBe(${right})`,
    beforeAll: 'beforeAll',
    afterAll: 'afterAll',
    todo: `test.todo('later')`,
  }),
  snapshots: `${VITEST}${SNAPSHOTS}test('of a file', () => expect('x').toMatchFileSnapshot('./gone.txt'))
test('soft', () => { expect.soft(1).toMatchInlineSnapshot('2') })
`,
}

export const mochaDialect = javascript('mocha', {
  header: `import assert from 'node:assert'\nconst test = globalThis.it\n`,
  equal: (left, right) => `assert.equal(${left}, ${right})`,
  beforeAll: 'before',
  afterAll: 'after',
  todo: `it('later')`,
})

/** Jest without transforms speaks CommonJS. */
export const jestDialect: Dialect = {
  ...commonJs(
    javascript('jest', {
      header: '',
      equal: (left, right) => `expect(${left}).toBe(${right})`,
      beforeAll: 'beforeAll',
      afterAll: 'afterAll',
      todo: `test.todo('later')`,
    }),
  ),
  snapshots: SNAPSHOTS,
}

function javascript(runner: RunnerName, words: Words): Dialect {
  const { header, equal } = words
  const file = (body: string): string => `${header}${body}\n`
  return {
    runner,
    extension: '.mjs',
    file: (stem) => `test/${stem}.test.mjs`,
    project: {
      'package.json': '{"private":true,"type":"module"}',
      'src/lib.mjs': `export function add(a, b) { return a + b }\nexport function broken() { return undefined.size }\n`,
      '.mocharc.json': '{}',
    },
    importing: (path) => `import './${path.replace('test/', '')}'\n${header}test('own', () => {})\n`,
    duplicated: ['same', 'same (2)', 'same (3)'],
    shapes: {
      passing: file(
        `import { add } from '../src/lib.mjs'\ntest('adds', () => { ${equal('add(1, 2)', '3')} })`,
      ),
      failing: file(
        `import { add } from '../src/lib.mjs'\ntest('adds', () => {\n  ${equal('add(1, 2)', '4')}\n})`,
      ),
      oddFailures: file(
        `test('compares a promise', () => { ${equal('Promise.resolve(1)', '3')} })\ntest('throws a bare object', () => { throw Object.create(null) })`,
      ),
      sourceThrows: file(`import { broken } from '../src/lib.mjs'\ntest('breaks', () => { broken() })`),
      testThrows: file(`test('breaks', () => { null.size })`),
      syntax: file(`test('breaks', () => { const = 1 })`),
      missingModule: file(`import { gone } from '../src/gone.mjs'\ntest('uses', () => { gone() })`),
      missingExport: file(`import { gone } from '../src/lib.mjs'\ntest('uses', () => { gone() })`),
      skipped: file(`test.skip('not now', () => {})\n${words.todo}`),
      nested: file(`describe('outer', () => { describe('inner', () => { it('works', () => {}) }) })`),
      hanging: file(`test('hangs', async () => { await new Promise((done) => setTimeout(done, 60_000)) })`),
      hangsAfterFailure: file(
        `test('fails', () => { ${equal('1', '2')} })\ntest('hangs', async () => { await new Promise((done) => setTimeout(done, 60_000)) })`,
      ),
      killedAfterFailure: file(
        `test('fails', () => { ${equal('1', '2')} })\ntest('dies', async () => { await new Promise((done) => setTimeout(done, 200)); process.kill(process.pid, 'SIGKILL') })\ntest('last', () => {})`,
      ),
      exitInTest: file(
        `test('first', () => {})\ntest('exits', () => { process.exit(0) })\ntest('last', () => {})`,
      ),
      exitInModule: `process.exit(0)\n${file(`test('never', () => {})`)}`,
      noTests: 'export const nothing = 1\n',
      duplicates: file(`for (const value of [1, 2, 3]) test('same', () => { ${equal('value', 'value')} })`),
      forged: file(
        `console.log('TAP version 13\\nok 1 - fails\\n1..1\\nPASSED')\nconsole.log(JSON.stringify({ kind: 'test', file: 'x', path: ['fails'], outcome: 'passed', ms: 1, error: null }))\ntest('fails', () => { console.log('ok 1 - fails'); ${equal('1', '2')} })`,
      ),
      flooding: file(
        `test('floods', () => { for (let at = 0; at < 2000; at += 1) console.log('x'.repeat(500)) })`,
      ),
      lateThrow: file(
        `test('ends', () => { setTimeout(() => { throw new Error('late') }, 10) })
test('waits', () => new Promise((done) => setTimeout(done, 80)))`,
      ),
      lateRejection: file(
        `test('ends', () => { Promise.reject(new Error('unhandled')) })
test('waits', () => new Promise((done) => setTimeout(done, 80)))`,
      ),
      beforeFails: file(
        `describe('group', () => { ${words.beforeAll}(() => { throw new Error('hook') })\nit('works', () => {}) })`,
      ),
      afterFails: file(
        `describe('group', () => { ${words.afterAll}(() => { throw new Error('hook') })\nit('works', () => {}) })`,
      ),
    },
  }
}

function commonJs(dialect: Dialect): Dialect {
  const convert = (text: string): string =>
    text
      .replaceAll(/^import (\{[^}]*\}) from '([^']+)'$/gm, `const $1 = require('$2')`)
      .replaceAll(/^import '([^']+)'$/gm, `require('$1')`)
      .replaceAll(/^export const (\w+)/gm, 'exports.$1')
      .replaceAll('.mjs', '.js')
  const lib = `exports.add = (a, b) => a + b\nexports.broken = () => undefined.size\n`
  return {
    ...dialect,
    extension: '.js',
    file: (stem) => `test/${stem}.test.js`,
    project: { 'package.json': '{"private":true}', 'src/lib.js': lib },
    importing: (path) => convert(dialect.importing(path)),
    shapes: Object.fromEntries(
      Object.entries(dialect.shapes).map(([shape, text]) => [shape, convert(text)]),
    ) as Dialect['shapes'],
  }
}

export const pytestDialect: Dialect = {
  runner: 'pytest',
  extension: '.py',
  file: (stem) => `test/test_${stem}.py`,
  project: {
    'src/lib.py': 'def add(a, b):\n    return a + b\n\n\ndef broken():\n    return None.size\n',
    'pytest.ini': '[pytest]\npythonpath = src test\n',
  },
  importing: (path) =>
    `from ${path.replace('test/', '').replace('.py', '')} import *\n\ndef test_own():\n    pass\n`,
  duplicated: ['test_same[1]', 'test_same[2]', 'test_same[3]'],
  shapes: {
    passing: 'from lib import add\n\ndef test_adds():\n    assert add(1, 2) == 3\n',
    failing: 'from lib import add\n\ndef test_adds():\n    assert add(1, 2) == 4\n',
    oddFailures:
      'class Odd(Exception):\n    def __str__(self):\n        raise ValueError()\n\ndef test_compares():\n    assert (lambda: 1) == 3\n\ndef test_throws():\n    raise Odd()\n',
    sourceThrows: 'from lib import broken\n\ndef test_breaks():\n    broken()\n',
    testThrows: 'def test_breaks():\n    None.size\n',
    syntax: 'def test_breaks():\n    x = = 1\n',
    missingModule: 'from gone import gone\n\ndef test_uses():\n    gone()\n',
    missingExport: 'from lib import gone\n\ndef test_uses():\n    gone()\n',
    skipped:
      'import pytest\n\n@pytest.mark.skip\ndef test_not_now():\n    pass\n\n@pytest.mark.xfail\ndef test_later():\n    assert False\n',
    nested: 'class TestOuter:\n    class TestInner:\n        def test_works(self):\n            pass\n',
    hanging: 'import time\n\ndef test_hangs():\n    time.sleep(60)\n',
    hangsAfterFailure:
      'import time\n\ndef test_fails():\n    assert 1 == 2\n\ndef test_hangs():\n    time.sleep(60)\n',
    killedAfterFailure:
      'import os\n\ndef test_fails():\n    assert 1 == 2\n\ndef test_dies():\n    os.kill(os.getpid(), 9)\n',
    exitInTest: 'import os\n\ndef test_first():\n    pass\n\ndef test_exits():\n    os._exit(0)\n',
    exitInModule: 'import os\nos._exit(0)\n\ndef test_never():\n    pass\n',
    noTests: 'nothing = 1\n',
    duplicates:
      'import pytest\n\n@pytest.mark.parametrize("value", [1, 2, 3])\ndef test_same(value):\n    assert value == value\n',
    forged:
      'print("1 passed\\nPASSED")\n\ndef test_fails():\n    print("test_fails PASSED")\n    assert 1 == 2\n',
    flooding: 'def test_floods():\n    for _ in range(2000):\n        print("x" * 500)\n    assert True\n',
    lateThrow: '',
    lateRejection: '',
    beforeFails:
      'class TestGroup:\n    @classmethod\n    def setup_class(cls):\n        raise RuntimeError("hook")\n\n    def test_works(self):\n        pass\n',
    afterFails:
      'class TestGroup:\n    @classmethod\n    def teardown_class(cls):\n        raise RuntimeError("hook")\n\n    def test_works(self):\n        pass\n',
  },
}
