import { describe, expect, it } from 'vitest'
import { testBodies } from './test-bodies.ts'
import { touchedTests } from './touched-tests.ts'

const BEFORE = `import test, { describe } from 'node:test'
const limit = 3
test('adds', () => { assert.equal(add(1, 2), 3) })
describe('group', () => {
  it('stays', () => { assert.ok(run(limit)) }) // é
  it('goes', () => {})
})
`

function names(
  file: string,
  texts: { before: string | null; after: string; collected: readonly string[] },
): string[] {
  return touchedTests({ file, ...texts }).map((test) => test.name)
}

describe('touched tests in JavaScript', () => {
  it('are those whose name is new or whose body changed', () => {
    const after = BEFORE.replace('add(1, 2), 3', 'add(2, 2), 4').replace("it('goes'", "it('comes'")
    expect(
      names('a.test.js', { before: BEFORE, after, collected: ['adds', 'group > stays', 'group > comes'] }),
    ).toEqual(['adds', 'group > comes'])
  })

  it('are none when only white space, comments or shared code change', () => {
    const after = BEFORE.replace('add(1, 2), 3', 'add( 1,\n 2 ), /* sum */ 3').replace(
      'limit = 3',
      'limit = 4',
    )
    expect(
      names('a.test.js', { before: BEFORE, after, collected: ['adds', 'group > stays', 'group > goes'] }),
    ).toEqual([])
    expect(testBodies('a.test.js', after)?.sharedHash).not.toBe(testBodies('a.test.js', BEFORE)?.sharedHash)
  })

  it('count white space inside strings and templates', () => {
    const before = "test('a', () => { same('x y', `p q`) })"
    expect(names('a.test.js', { before, after: before.replace('x y', 'xy'), collected: ['a'] })).toEqual([
      'a',
    ])
    expect(names('a.test.js', { before, after: before.replace('p q', 'p  q'), collected: ['a'] })).toEqual([
      'a',
    ])
  })

  it('are all of a new file', () => {
    expect(names('a.test.js', { before: null, after: BEFORE, collected: ['adds'] })).toEqual(['adds'])
  })

  it('are found by the call that may give a name known only at run time', () => {
    const before =
      "for (const n of [1]) test(`times ${n}`, () => one(n))\nit.each([1])('power %i', (n) => two(n))"
    const after = before.replace('two(n)', 'three(n)')
    expect(names('a.test.ts', { before, after, collected: ['times 1', 'power 1'] })).toEqual(['power 1'])
  })

  it('are new or changed rows of a table that a loop makes tests of', () => {
    const before = `describe('each', () => {
  const rows = [{ in: 'a', out: 1 }]
  for (const row of rows) test(row.in, () => same(run(row.in), row.out))
})
test('beside', () => {})
`
    const collectedBefore = ['each > a', 'beside']
    const more = before.replace('out: 1 }', "out: 1 }, { in: 'b', out: 2 }")
    const found = touchedTests({
      file: 'a.test.js',
      before,
      after: more,
      collected: [...collectedBefore, 'each > b'],
      collectedBefore,
    })
    expect(found.map(({ name }) => name)).toEqual(['each > b'])
    const other = { file: 'a.test.js', before, after: before.replace('out: 1', 'out: 2') }
    const failing = new Set(['each > a', 'beside'])
    const changed = touchedTests({ ...other, collected: collectedBefore, failing })
    expect(changed.map(({ name }) => name)).toEqual(['each > a'])
    expect(touchedTests({ ...other, collected: collectedBefore })).toEqual([])
  })

  it('include one whose name was not collected before, whatever call gives it', () => {
    const text = 'for (const n of given()) test(n, () => check(n))'
    const asked = { file: 'a.test.js', before: text, after: text, collected: ['one', 'two'] }
    expect(touchedTests({ ...asked, collectedBefore: ['one'] }).map(({ name }) => name)).toEqual(['two'])
    expect(touchedTests(asked)).toEqual([])
  })

  it('include a test whose subtest changed, nested by t.test', () => {
    const before =
      "test('outer', async (t) => { await t.test('inner', () => check(1)); await t.test('other', () => check(9)) })"
    const after = before.replace('check(1)', 'check(2)')
    expect(
      names('a.test.js', { before, after, collected: ['outer', 'outer > inner', 'outer > other'] }),
    ).toEqual(['outer', 'outer > inner'])
  })

  it('are seen through aliases, modifiers and extended test functions', () => {
    const text = `import { test as check } from 'vitest'
const own = check.extend({})
const mine = test.extend({ page: 1 })
check.only('a', () => {})
test.concurrent.skip("b", async () => {})
mine('c', () => {})
xit('d', () => {})
test('e', { skip: true }, () => {})
test.todo('f')
;/x/.test('not a test')
`
    const found = testBodies('a.test.ts', text)?.tests.map((test) => [test.name, ...test.modifiers])
    expect(found).toEqual([['a', 'only'], ['b', 'skip'], ['c'], ['d', 'skip'], ['e', 'skip'], ['f', 'todo']])
  })
})

describe('touched tests in Python', () => {
  const before = `import pytest
def helper(): return 1
@pytest.mark.parametrize("n", [1, 2])
def test_plain(n):
    assert n
class TestGroup:
    def test_inner(self):
        assert helper()  # why
    async def test_more(self):
        assert 2
`

  it('are matched by function, class and the name before the parameters', () => {
    const after = before.replace('assert n', 'assert n > 0').replace('assert 2', 'assert 3')
    const collected = ['test_plain[1]', 'test_plain[2]', 'TestGroup > test_inner', 'TestGroup > test_more']
    expect(names('test_a.py', { before, after, collected })).toEqual([
      'test_plain[1]',
      'test_plain[2]',
      'TestGroup > test_more',
    ])
  })

  it('are the cases of a parametrised test that fail when the data around it changes', () => {
    const text = `rows = [1, 2]
@pytest.mark.parametrize("n", rows)
def test_each(n):
    assert n
def test_plain():
    assert rows
`
    const after = text.replace('1, 2', '1, 3')
    const collected = ['test_each[1]', 'test_each[3]', 'test_plain']
    const failing = new Set(['test_each[3]', 'test_plain'])
    const found = touchedTests({ file: 'test_a.py', before: text, after, collected, failing })
    expect(found.map(({ name }) => name)).toEqual(['test_each[3]'])
  })

  it('are none when comments or blank lines change', () => {
    const after = before.replace('  # why', '').replace('def helper', '\n\ndef helper')
    expect(
      names('test_a.py', { before, after, collected: ['test_plain[1]', 'TestGroup > test_inner'] }),
    ).toEqual([])
  })
})

describe('touched tests in a language without syntax', () => {
  it('are all tests of a changed file and none of an unchanged one', () => {
    expect(names('a_test.go', { before: 'x', after: 'y', collected: ['TestA'] })).toEqual(['TestA'])
    expect(names('a_test.go', { before: 'x', after: 'x', collected: ['TestA'] })).toEqual([])
  })
})
