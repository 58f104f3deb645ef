import { expect, it } from 'vitest'
import { servesTests } from './serves-tests.ts'

it.each([
  ['testing/check.js', ''],
  ['lib/test-utils.ts', ''],
  ['lib/parse.mock.ts', ''],
  ['lib/check.js', "import assert from 'node:assert/strict'"],
  ['lib/check.cjs', 'const { expect } = require("chai")'],
  ['lib/check.js', "const { test } = await import('vitest')"],
  ['lib/check.js', 'export const same = (a, b) => expect(a).toEqual(b)'],
  ['lib/check.js', 'assert.deepEqual(a, b)'],
  ['lib/check.py', 'import os\nfrom pytest import raises\n'],
  ['lib/check.py', 'def same(a, b):\n    assert a == b\n'],
])('takes %s for a helper: %s', (path, text) => {
  expect(servesTests(path, text)).toBe(true)
})

it.each([
  ['scripts/slug.js', 'export const slug = (text) => { if (!text) throw new Error("asserted") }'],
  ['data/colors.json', '{ "expect": "(" }'],
  ['lib/latest.js', "import { contest } from './fastest.js'"],
  ['tools/slug.py', '"""We do not assert."""\nraise ValueError("assert")\n'],
])('takes %s for what is tested: %s', (path, text) => {
  expect(servesTests(path, text)).toBe(false)
})
