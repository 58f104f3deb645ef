import { expect, it } from 'vitest'
import { declaredIn } from '../../src/verify/declared-names.ts'
import { type Subjects, subjectsIn } from '../../src/verify/subjects.ts'
import type { Files } from '../support/directory-laboratory.ts'
import { sampleSuite } from '../support/proof-samples.ts'

function treesOf(files: Files) {
  return {
    files: () =>
      Promise.resolve(new Map(Object.keys(files).map((path) => [path, { mode: '100644', id: path }]))),
    read: (_: string, path: string) => Promise.resolve(files[path] ?? null),
  }
}

async function subjectsOf(file: string, files: Files): Promise<Subjects> {
  const suite = sampleSuite(file.endsWith('.py') ? { runner: 'pytest', tests: ['tests/**'] } : {})
  return await subjectsIn(treesOf(files), { suite, tree: 'tree', file, sources: [] })
}

it.each([
  ['by name', "import { add as plus } from '../src/a.js'", 'plus(1)', ['add']],
  ['by default', "import plus from '../src/a.js'", 'plus(1)', ['default of src/a.js']],
  ['as a whole', "import * as a from '../src/a.js'", 'a.add(1)', ['add']],
  ['as a whole by require', "const a = require('../src/a.js')", 'a.add(1)', ['add']],
  ['by a method of what a hook made', "import { Queue } from '../src/a.js'", 'queue.size()', ['size']],
])('tells what a test uses that is imported %s', async (_, head, body, names) => {
  const files = {
    'src/a.js': 'export default () => 1\nexport const add = () => 1\nexport class Queue { size() {} }\n',
    'test/a.test.js': `${head}\ntest('one', () => ${body})\ntest('two', () => other())\n`,
  }
  const subjects = await subjectsOf('test/a.test.js', files)
  expect([...subjects.named('one')]).toEqual(names)
  expect([...subjects.named('two')]).toEqual([])
  expect(subjects.usesTree).toBe(true)
})

it('tells what a Python test uses of a whole module, and what stands around the tests', async () => {
  const files = {
    'src/calc.py': 'class Calc:\n    def add(self):\n        pass\n\ndef make():\n    pass\n',
    'tests/test_a.py': 'import calc\n\nSHARED = calc.make()\n\ndef test_one():\n    calc.Calc().add()\n',
  }
  const subjects = await subjectsOf('tests/test_a.py', files)
  expect([...subjects.named('test_one')]).toEqual(['Calc', 'add'])
  expect([...subjects.shared]).toEqual(['make'])
})

it.each([
  "import { add } from '../src/add.js'\nimport {\n  add as more,\n} from '../src/add.js'\n",
  "const { add } = require('../src/add.js')\n",
  "import { describe } from 'node:test'\nconst title = 'add'\nimport { add } from '../src/add.js'\n",
])('takes an import for no use, and no word in quotes: %j', async (head) => {
  const files = {
    'src/add.js': 'export const add = () => 1\n',
    'test/a.test.js': `${head}test('add', () => 1)\n`,
  }
  const subjects = await subjectsOf('test/a.test.js', files)
  expect([...subjects.shared, ...subjects.named('add')]).toEqual([])
})

it('finds functions wherever a script gives them names', () => {
  const text = `exports.one = function () {}
Queue.prototype.two = () => 1
module.exports = { three: () => 1, four() {} }
const five = () => 1
const value = 6
class Seven { constructor() { this.nine = 9 } eight = 1 }
`
  const names = ['Seven', 'eight', 'five', 'four', 'nine', 'one', 'three', 'two']
  expect([...declaredIn('src/a.js', text)].toSorted()).toEqual(names)
  const python = 'class One:\n    two = 2\n    def three(self):\n        self.four = five = 4\nsix = 6\n'
  expect([...declaredIn('src/a.py', python)].toSorted()).toEqual(['One', 'four', 'three', 'two'])
})

it.each([
  ['comments', '() => {\n  // add it\n  other(1)\n}', []],
  ['templates, but for what they compute', "() => is(`add ${more.add(1)} it's`, `it's 3`)", ['add']],
  ['keys of objects', '() => same(other(), { add: 1 })', []],
  [
    'an import on several lines',
    '() => {\n  let total\n  const fs = require("fs")\n  queue.add(total)\n}',
    ['add'],
  ],
  ['names in brackets', '() => is(queue["add"](1))', ['add']],
])('reads code and not its text: %s', async (_, body, names) => {
  const files = {
    'src/a.js': 'export class Queue { add() {} }\n',
    'test/a.test.js': `import { Queue } from '../src/a.js'\ntest('one', ${body})\n`,
  }
  expect([...(await subjectsOf('test/a.test.js', files)).named('one')]).toEqual(names)
})

it('reads Python the same way', async () => {
  const files = {
    'src/calc.py': 'def add(a, b):\n    pass\n',
    'tests/test_a.py': `def test_one():
    """add"""
    import calc
    assert f"{calc.add(1, 2)}" == "3"

def test_two():
    assert run(add=1) == "add"
`,
  }
  const subjects = await subjectsOf('tests/test_a.py', files)
  expect([...subjects.named('test_one'), ...subjects.named('test_two')]).toEqual(['add'])
})

it('counts what other test files give where nothing else is named', async () => {
  const files = {
    'src/a.js': 'export const add = () => 1\n',
    'test/with-server.js': 'export const withServer = () => 1\n',
    'test/a.test.js': `import { add } from '../src/a.js'
import { withServer } from './with-server.js'
test('one', () => withServer(() => add(1)))
test('two', () => withServer(() => 1))
`,
  }
  const subjects = await subjectsOf('test/a.test.js', files)
  expect([subjects.named('one'), subjects.named('two')].map((names) => [...names])).toEqual([
    ['add'],
    ['withServer'],
  ])
})
