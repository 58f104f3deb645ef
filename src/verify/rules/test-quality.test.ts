import { describe, expect, it } from 'vitest'
import { checkTests } from './test-quality.ts'
import { testBodies } from '../test-bodies.ts'

function broken(path: string, text: string): string[] {
  const names = testBodies(path, text)?.tests.map((test) => test.name) ?? []
  const touched = names.map((name) => ({ file: path, name }))
  return checkTests({ path, text }, touched).map((finding) => `${finding.test}: ${finding.rule}`)
}

describe('a JavaScript test', () => {
  it.each([
    ['no_assertion', 'const x = parse(1); log(x)'],
    ['no_assertion', 'expect(parse(1))'],
    ['constant_assertion', 'expect(true).toBe(true)'],
    ['constant_assertion', 'const x = parse(1); expect(x).toEqual(x)'],
    ['constant_assertion', 'assert.ok(true)'],
    ['constant_assertion', "assert.equal('a', 'a')"],
    ['constant_assertion', '(expect(true) as any).toBe(true)'],
    ['constant_assertion', 'expect<boolean>(true).toBe(true)'],
    ['no_assertion', 'ok(parse(1))'],
    ['no_assertion', 'parse(1).toBecome(1)'],
    ['empty_test', '/* later */'],
    ['unreachable_assertion', 'return; expect(parse(1)).toBe(1)'],
  ])('breaks %s by %s', (rule, body) => {
    expect(broken('a.test.ts', `it('x', async () => { ${body} })`)).toEqual([`x: ${rule}`])
  })

  it.each([
    'expect(parse(1)).toBe(1)',
    'assert(parse(1))',
    'await expect(parse(1)).rejects.toThrow()',
    'parse(1).should.equal(1)',
    'expect(parse(1)).to.be.empty',
    'sinon.assert.calledOnce(spy)',
    'expectRows(parse(1))',
    'table.verifyRows(1)',
    'if (!parse(1)) throw new Error("no")',
    'expectTypeOf(parse).toBeFunction()',
    'expect(next()).toBe(next())',
    'assert.equal(a.next(), a.next())',
    'expect.assertions(1); on(() => expect(true).toBe(true))',
    'try { parse(1); assert.ok(true) } catch { assert.fail() }',
    'return expect(parse(1)).resolves.toBe(1)',
    'if (skip) return; expect(parse(1)).toBe(1)',
    '(expect(parse(1)) as any).toBeEuro()',
    'expect<number>(parse(1)).toBe(1)',
    'const e = expect(parse(1)); e.toThrow()',
  ])('breaks nothing by %s', (body) => {
    expect(broken('a.test.ts', `it('x', async () => { ${body} })`)).toEqual([])
  })

  it('may assert in a helper of its file, in a subtest, or by a callback that must be called', () => {
    const text = `import request from 'supertest'
import { roundTrip } from './helpers.js'
function same(a, b) { assert.equal(a, b) }
it('helper', () => { same(parse(1), 1) })
it('imported helper', () => { roundTrip(1) })
it('callback', (_, done) => { parse(1, done) })
test('subtests', async (t) => { await t.test('inner', () => { assert.equal(1, parse(1)) }) })
`
    expect(broken('a.test.js', text)).toEqual([])
  })

  it.each([
    ["import { ok } from 'node:assert'", 'ok(parse(1))'],
    ["import { rejects } from 'node:assert/strict'", 'await rejects(parse(1), /big/)'],
    ["import { throws as fails } from 'assert'", 'fails(() => parse(1))'],
    ["import check, { doesNotThrow } from 'assert/strict'", 'doesNotThrow(() => parse(1))'],
    ["import * as a from 'uvu/assert'", 'a.not(parse(1))'],
    ["const { doesNotReject } = require('node:assert').strict", 'await doesNotReject(parse(1))'],
    ['const { ok: holds } = assert', 'holds(parse(1))'],
    ['function roundTrip(a) { expect(a).toBe(1) }', 'roundTrip(parse(1))'],
  ])('may assert by a name that the file defines: %s', (line, body) => {
    const test = `it('x', async () => { ${body} })`
    expect(broken('a.test.ts', `${line}\n${test}`)).toEqual([])
    expect(broken('a.test.ts', test)).toEqual(['x: no_assertion'])
  })

  it('asserts nothing by an imported name over constants, nor by one of the sources', () => {
    const text = `import { ok, equal } from 'node:assert'
import { throws } from '../src/parse.js'
it('a', () => { ok(true) })
it('b', () => { equal(1, 1) })
it('c', () => { throws(parse) })
`
    expect(broken('a.test.js', text)).toEqual([
      'a: constant_assertion',
      'b: constant_assertion',
      'c: no_assertion',
    ])
  })

  it('may neither stand alone nor be left out', () => {
    const text =
      "it.only('a', () => { expect(f()).toBe(1) })\nit.skip('b', () => { expect(f()).toBe(1) })\ndescribe.skip('g', () => { it('c', () => { expect(f()).toBe(1) }) })\nit.todo('d')\n"
    expect(broken('a.test.ts', text)).toEqual([
      'a: focused_test',
      'b: skipped_test',
      'g > c: skipped_test',
      'd: skipped_test',
    ])
  })

  it('is left alone when it was not touched', () => {
    const text = "it('a', () => {})\nit('b', () => {})\n"
    expect(
      checkTests({ path: 'a.test.js', text }, [{ file: 'a.test.js', name: 'b' }]).map((finding) => [
        finding.test,
        finding.line,
      ]),
    ).toEqual([['b', 2]])
  })
})

describe('a Python test', () => {
  it.each([
    ['no_assertion', 'parse(1)'],
    ['constant_assertion', 'assert True'],
    ['constant_assertion', 'assert 1 == 1'],
    ['empty_test', '"""Later."""\n    pass'],
    ['unreachable_assertion', 'return\n    assert parse(1)'],
  ])('breaks %s by %j', (rule, body) => {
    expect(broken('test_a.py', `def test_x():\n    ${body}\n`)).toEqual([`test_x: ${rule}`])
  })

  it.each([
    'assert parse(1) == 1',
    'with pytest.raises(ValueError):\n        parse(1)',
    'mock.assert_called_once()',
    'check_rows(parse(1))',
    'benchmark_and_verify(parse)',
    'if not parse(1):\n        raise AssertionError("no")',
  ])('breaks nothing by %j', (body) => {
    expect(broken('test_a.py', `def test_x():\n    ${body}\n`)).toEqual([])
  })

  it('may use the assertions of unittest and helpers of its file, and may not be skipped', () => {
    const text = `import unittest, pytest
def same(a, b):
    assert a == b
class TestX(unittest.TestCase):
    def test_a(self):
        self.assertEqual(parse(1), 1)
    def test_b(self):
        same(parse(1), 1)
@pytest.mark.skip(reason="later")
def test_c():
    assert parse(1)
@pytest.mark.skipif(WINDOWS, reason="posix")
def test_d():
    assert parse(1)
`
    expect(broken('test_a.py', text)).toEqual(['test_c: skipped_test'])
  })
})
