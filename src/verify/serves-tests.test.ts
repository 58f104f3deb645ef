import { expect, it } from 'vitest'
import { servesTests } from './serves-tests.ts'

it.each([
  ['testing/check.js', ''],
  ['lib/test-utils.ts', ''],
  ['lib/parse.mock.ts', ''],
  ['lib/check.js', "import { deepEqual as same } from 'node:assert/strict'"],
  ['lib/check.cjs', 'const { expect } = require("chai")'],
  ['lib/check.js', "const { test } = await import('vitest')"],
  ['lib/check.js', 'export const same = (a, b) => expect(a).toEqual(b)'],
  ['lib/check.js', 'assert.deepEqual(a, b)'],
  ['lib/check.py', 'import os\nfrom pytest import raises\n'],
  ['lib/check.js', 'export function same(expect, a, b) { expect.soft(a).toEqual(b) }'],
  ['lib/check.js', "import { expect } from './setup.js'\nexport const same = (a, b) => expect(a).toEqual(b)"],
  ['lib/check.ts', 'const expect = globalThis.expect\nexport const same = (a: T, b: T) => expect(a).toBe(b)'],
  ['lib/check.py', 'from numpy.testing import assert_allclose\n'],
  ['lib/check.py', 'from .testing.rows import same\n'],
  ['tests/check.py', 'def same(a, b):\n    assert a == b\n'],
])('takes %s for a helper: %s', (path, text) => {
  expect(servesTests(path, text)).toBe(true)
})

it.each([
  ['scripts/slug.js', 'export const slug = (text) => { if (!text) throw new Error("asserted") }'],
  ['scripts/slug.js', "import assert from 'node:assert'\nassert(text.length > 0)\nassert.ok(text)"],
  ['data/colors.json', '{ "expect": "(" }'],
  ['lib/latest.js', "import { contest } from './fastest.js'"],
  [
    'tools/parse.js',
    "class Parser { group() { this.expect('('); return parser.expect(')') } expect (sign) {} }",
  ],
  [
    'tools/parse.js',
    "class Parser { #expect(sign) {} group() { this.#expect('('); this.tokens?.expect(')') } }",
  ],
  ['tools/parse.ts', "function expect(sign: string): void {}\nexport const group = () => expect('(')"],
  ['tools/tree.ts', 'const assert = (holds: unknown): asserts holds => {}\nassert(1 + 1)'],
  ['tools/tree.js', '// We assert (and expect) no more than expect(1)\nexport const text = "assert(1)"'],
  ['tools/tree.py', 'import attest\n\ndef depth(tree):\n    assert tree\n    return 1\n'],
  ['tools/slug.py', '"""We do not assert."""\nraise ValueError("assert")\n'],
])('takes %s for what is tested: %s', (path, text) => {
  expect(servesTests(path, text)).toBe(false)
})
