import { describe, expect, it } from 'vitest'
import { planRemoval } from '../../../src/verify/stubs/plan-removal.ts'
import { replaceExports } from '../../../src/verify/stubs/replace-exports.ts'
import { hasPytest } from '../../support/tools.ts'
import { type Files, NODE_SUITE, PYTEST_SUITE, runProject, taskOf } from './stub-project.ts'

const HEAD = "import assert from 'node:assert/strict'\nimport test from 'node:test'\n"

async function removed(files: Files, exports: readonly string[], testFile: string) {
  const python = testFile.endsWith('.py')
  const plan = await planRemoval({
    files: new Map(Object.keys(files).map((path) => [path, null])),
    read: (path) => Promise.resolve(files[path] ?? null),
    suite: python ? PYTEST_SUITE : NODE_SUITE,
    task: { ...taskOf(['src/**']), exports },
  })
  const run = runProject(
    { ...files, ...Object.fromEntries(plan.throwing) },
    python ? 'pytest' : 'node',
    testFile,
  )
  return { plan, tests: run.tests }
}

describe('declared exports', () => {
  it('are replaced in ES modules however they are written, and what stays keeps working', async () => {
    const { plan, tests } = await removed(
      {
        'package.json': '{"type":"module"}',
        'src/a.ts': `export const one = (): number => 1, kept = 2
export function two(): number { return one() + 1 }
export class Three { value = 3 }
const local = (): number => 4
export { local as four, local as stays }
export default function named(): number { return two() }
export * as space from './b.ts'
`,
        'src/b.ts': 'export default () => 6\nexport * from "./c.ts"\n',
        'src/c.ts': 'export const seven = () => 7\n',
        'test/a.test.ts': `${HEAD}import named, { one, kept, two, Three, four, stays, space } from '../src/a.ts'
import six, { seven } from '../src/b.ts'
test('one', () => assert.equal(one(), 1))
test('kept', () => assert.equal(kept + stays(), 6))
test('two', () => assert.equal(two(), 2))
test('three', () => assert.equal(new Three().value, 3))
test('four', () => assert.equal(four(), 4))
test('default', () => assert.equal(named(), 2))
test('anonymous default', () => assert.equal(six(), 6))
test('star', () => assert.equal(seven(), 7))
test('space', () => assert.equal(space.seven(), 7))
`,
      },
      ['one', 'Three', 'four', 'default', 'seven', 'space', 'nowhere'],
      'test/a.test.ts',
    )
    expect(plan.absent).toEqual(['nowhere'])
    expect(tests).toEqual({
      one: 'mark',
      kept: 'passed',
      two: 'passed',
      three: 'mark',
      four: 'mark',
      default: 'mark',
      'anonymous default': 'mark',
      star: 'mark',
      space: 'mark',
    })
  })

  it('are replaced in CommonJS modules', async () => {
    const { tests } = await removed(
      {
        'package.json': '{}',
        'src/a.js': 'module.exports = { one: () => 1, two: () => 2 }\n',
        'src/b.js': 'module.exports = () => 3\n',
        'test/a.test.js': `const assert = require('node:assert/strict')
const test = require('node:test')
const { one, two } = require('../src/a')
const three = require('../src/b')
test('one', () => assert.equal(one(), 1))
test('two', () => assert.equal(two(), 2))
test('three', () => assert.equal(three(), 3))
`,
      },
      ['one', 'default'],
      'test/a.test.js',
    )
    expect(tests).toEqual({ one: 'mark', two: 'passed', three: 'mark' })
  })

  it.runIf(hasPytest())('are replaced in Python modules', async () => {
    const { tests } = await removed(
      {
        'pytest.ini': '[pytest]\npythonpath = src\n',
        'src/lib.py': 'def one():\n    return 1\nclass Two:\n    pass\nTHREE = 3\n',
        'tests/test_a.py':
          'from lib import one, Two, THREE\ndef test_one(): assert one() == 1\ndef test_two(): assert Two()\ndef test_three(): assert THREE == 3\n',
      },
      ['one', 'Two'],
      'tests/test_a.py',
    )
    expect(tests).toEqual({ test_one: 'mark', test_two: 'mark', test_three: 'passed' })
  })

  it('are left alone where the module has none of them', () => {
    expect(replaceExports({ path: 'a.js', text: 'export const a = 1' }, ['b'], 'throwing')).toBeNull()
    expect(replaceExports({ path: 'a.d.ts', text: 'export const a: 1' }, ['a'], 'throwing')).toBeNull()
  })
})
