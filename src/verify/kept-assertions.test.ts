import { expect, it } from 'vitest'
import { keptAssertions } from './kept-assertions.ts'

function kept(before: string, after: string, path = 'test/a.test.js'): boolean {
  return keptAssertions({ path, before, after }).inTest(path.endsWith('.py') ? 'test_a' : 'a')
}

function inForm(before: string, after: string): boolean {
  return keptAssertions({ path: 'test/a.test.js', before, after }).inForm('a')
}

const test = (body: string, beside = ''): string => `${beside}\ntest('a', () => { ${body} })\n`

it.each([
  ['equal(f(1), 2)', 'equal(f(1, 9), 2)'],
  [
    'const one = f(1)\nassert.equal(one, 2)',
    '// told\nconst one = f(1, 9)\nassert.equal(one, 2); assert.ok(one)',
  ],
  ['assert.equal(f().x, 2)', 'assert.equal((await f()).x, 2)'],
  ['assert.throws(() => f())', 'await assert.rejects(async () => f())'],
  ['expect(f()).toBe(2)', 'await expect(f()).resolves.toBe(2)'],
  ["assert.equal(f('a'), 'b')", 'assert.equal(\n  f("a"),\n  "b",\n)'],
])('a test still says what it said: %s, then %s', (before, after) => {
  expect(kept(test(before), test(after))).toBe(true)
})

it.each([
  ['assert.equal(f(1), 2)', 'assert.equal(f(1) || 2, 2)'],
  ['expect(f(1)).toBe(2)', 'expect(f(1) ?? 2).toBe(2)'],
  ['expect(f(1)).toBe(2)', 'expect(f(1)).not.toBe(2)'],
  ['const two = 2\nassert.equal(f(1), two)', 'const two = f(1)\nassert.equal(f(1), two)'],
  ['assert.equal(f(1), 2)', 'assert.ok(f(1))'],
  ['assert.equal(f(1), 2)', 'try { assert.equal(f(1), 2) } catch {}'],
  ['assert.equal(f(1), 2)', 'if (f(1) === 2) assert.equal(f(1), 2)'],
  ['assert.equal(f(1), 2)', 'if (f(1) < 0) return\nassert.equal(f(1), 2)'],
  ['assert.equal(f(1), 2)', 'const never = () => { assert.equal(f(1), 2) }'],
  ['assert.equal(f(1), 2)', 'const f = () => 2\nassert.equal(f(1), 2)'],
  ['assert.equal(f(1), 2)', 'const { f } = fake\nassert.equal(f(1), 2)'],
  ['assert.equal(f(1), 2)', 'assert.equal = () => {}\nassert.equal(f(1), 2)'],
  ['let two = 2\nassert.equal(f(1), two)', 'let two = 2\ntwo = f(1)\nassert.equal(f(1), two)'],
  ['assert.ok(await f(1))', 'assert.ok(f(1))'],
  ['assert.ok(await f(1))', 'await g()\nassert.ok(f(1))'],
])('a test says less than it said: %s, then %s', (before, after) => {
  expect(kept(test(before), test(after))).toBe(false)
})

it.each([
  ['assert.equal(f(1), 2)', 'assert.equal(f(2), 3)'],
  ['assert.deepEqual(f(1), { a: [2] })', 'assert.deepEqual(f(2, more), { b: -3 })'],
  [
    "const one = f('a')\nassert.equal(one, `b`)",
    'const one = f({ b: 1 })\nassert.equal(one, "c")\nassert.ok(one)',
  ],
])('a test asserts as much of other questions: %s, then %s', (before, after) => {
  expect(inForm(test(before), test(after))).toBe(true)
})

it.each([
  ['assert.equal(f(1), 2)', "assert.equal(typeof f(2), 'number')"],
  ['assert.equal(f(1), 2)', "assert.equal(typeof f, 'function')"],
  ['assert.equal(f(1), 2)', 'assert.equal(f(2), f(2))'],
  ['assert.equal(f(1), 2)', 'try { assert.equal(f(2), 3) } catch {}'],
  ['assert.equal(f(1), 2)', 'const never = () => { assert.equal(f(2), 3) }'],
  ['assert.equal(f(1), 2)', 'const f = () => 3\nassert.equal(f(2), 3)'],
  ['assert.match(f(1), { a: 1 })', 'assert.match(f(2), {})'],
  ["const one = f(1)\nassert.equal(one, 'a')", "const one = typeof f(2)\nassert.equal(one, 'string')"],
  ['if (f(1) !== 2) throw new Error()', 'if (f(2) === 2) throw new Error()'],
  ['assert.ok(await f(1))', 'assert.ok(f(2))'],
  ['one(f(1))', 'one(f(2))'],
])('a test asserts less of other questions: %s, then %s', (before, after) => {
  expect(inForm(test(before), test(after))).toBe(false)
})

it('reads sums of any length', () => {
  const sum = Array.from({ length: 5_000 }, (_, index) => `'${index}'`).join(' + ')
  expect(kept(test('assert.equal(f(1), 2)'), test('assert.equal(f(1), 2)', `const text = ${sum}`))).toBe(true)
  expect(inForm(test(`assert.equal(f(1), ${sum})`), test(`assert.equal(f(2), ${sum})`))).toBe(true)
})

it('asks the same of what stands beside the tests, other tests aside', () => {
  const body = 'assert.equal(f(1), wanted)'
  const beside = (text: string): boolean => kept(test(body, 'const wanted = 2'), test(body, text))
  expect(beside("import { g } from 'g'\nconst more = 3\nconst wanted = 2")).toBe(true)
  expect(beside('const wanted = f(1)')).toBe(false)
  const importing = (before: string, after: string): boolean =>
    kept(test(body, `import ${before}`), test(body, `import ${after}`))
  expect(importing("{ f } from './f.js'", "{ f, g } from './f.js'")).toBe(true)
  expect(importing("{ f } from './f.js'", "{ f } from './fake.js'")).toBe(false)
  expect(importing("{ f } from './f.js'", "{ f } from './fake.js'\nimport { g } from './f.js'")).toBe(false)
  expect(importing("{ f } from './f.js'", "{ g as f } from './f.js'")).toBe(false)
  expect(importing("{ f } from './f.js'", "{ f as g } from './f.js'\nimport { f } from './fake.js'")).toBe(
    false,
  )
  const other = (text: string): string => `${test(body)}test('b', () => { ${text} })\n`
  expect(kept(other('assert.equal(f(2), 3)'), other('assert.equal(f(3), 4)'))).toBe(true)
  const helper = { path: 'test/same.js', before: 'export const same = (a, b) => assert.equal(a, b)' }
  expect(keptAssertions({ ...helper, after: `${helper.before}\nexport const more = 1` }).beside).toBe(true)
  expect(keptAssertions({ ...helper, after: 'export const same = (a, b) => a ?? b' }).beside).toBe(false)
})

it('reads Python, and knows nothing of a language without syntax', () => {
  const python = (body: string): string => `def test_a():\n    ${body}\n`
  expect(kept(python('assert f(1) == 2'), python('assert f(1, 9) == 2'), 'tests/test_a.py')).toBe(true)
  expect(kept(python('assert f(1) == [2]'), python('assert f(1) == [2, ]'), 'tests/test_a.py')).toBe(true)
  const less = [
    ['assert f(1) == 2', 'assert f(1) == 2 or True'],
    ['assert (f(1) == 2)', 'assert (f(1) == 2,)'],
    ["assert f(1) != b'a'", "assert f(1) != 'a'"],
    ['assert f(1) == 2', 'def never():\n        assert f(1) == 2'],
    ['assert f(1) == 2', 'from fake import f\n    assert f(1) == 2'],
    ['assert f(1) == 2', 'f = int\n    assert f(1) == 2'],
    ['assert f(1) == 2', 'assert f(1) == 2\n    yield'],
  ] as const
  for (const [before, after] of less)
    expect(kept(python(before), python(after), 'tests/test_a.py'), after).toBe(false)
  const path = 'tests/test_a.py'
  const asksOther = (after: string): boolean =>
    keptAssertions({ path, before: python('assert f(1) == [2]'), after: python(after) }).inForm('test_a')
  expect(asksOther('assert f(2, a=3) == [None, -3.5]')).toBe(true)
  for (const after of ['assert f(2) != [3]', 'assert f(2) == f(2)', 'assert f(2) is not None'])
    expect(asksOther(after), after).toBe(false)
  expect(keptAssertions({ path: 'a_test.go', before: 'x', after: 'y' })).toMatchObject({ beside: true })
  expect(kept('x', 'x', 'a_test.go')).toBe(false)
})
