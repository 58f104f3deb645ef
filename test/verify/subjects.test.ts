import { expect, it } from 'vitest'
import { declaredIn } from '../../src/verify/declared-names.ts'
import { goneFrom, type Subjects, subjectsIn } from '../../src/verify/subjects.ts'
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
class Seven { constructor() {} eight = 1 }
`
  const names = ['Seven', 'eight', 'five', 'four', 'one', 'three', 'two']
  expect([...declaredIn('src/a.js', text)].toSorted()).toEqual(names)
})

it('calls gone what the files speak of no more', async () => {
  const trees = treesOf({ 'src/a.js': 'export const sum = () => 1\n' })
  const subjects = new Set(['add', 'sum', 'default of src/a.js', 'default of src/b.js'])
  const gone = await goneFrom(trees, { tree: 'tree', paths: ['src/a.js', 'src/b.js'], subjects })
  expect([...gone].toSorted()).toEqual(['add', 'default of src/b.js'])
})
