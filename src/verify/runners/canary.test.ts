import { describe, expect, it } from 'vitest'
import type { Suite } from '../../domain/suite.ts'
import { DEFAULT_SUITE_LIMITS } from '../../domain/suite.ts'
import { withCanaries } from './canary.ts'

describe('canaries', () => {
  it('asserts falsely with each library that the file uses, by the methods it uses', () => {
    const made = inject('node', 'a.test.mjs', [
      `import test from 'node:test'`,
      `import assert from 'node:assert/strict'`,
      `import { expect } from 'chai'`,
      `test('a', () => { assert.equal(1, 1); assert.throws(f); expect(1).to.equal(1) })`,
    ])
    expect(made?.canaries.map((canary) => canary.library)).toEqual([
      'node:assert/strict',
      'node:assert/strict',
      'chai',
      'chai',
    ])
    expect(made?.text).toMatch(/\.equal\(\d+, \d+\)/)
    expect(made?.text).toMatch(/\.throws\(\(\) => \d+\)/)
  })

  it('leaves the lines of the file where they were', () => {
    const lines = [`const test = require('node:test')`, `test('a', () => {})`]
    expect(inject('node', 'a.test.js', lines)?.text.startsWith(lines.join('\n'))).toBe(true)
  })

  it('requires where the file requires and imports where it imports', () => {
    expect(inject('node', 'a.test.js', [`const test = require('node:test')`])?.text).toContain(
      `require("node:assert")`,
    )
    expect(inject('node', 'a.test.js', [`import test from 'node:test'`])?.text).toContain(
      `from "node:assert"`,
    )
  })

  it('uses the globals of a file that imports nothing from its runner', () => {
    expect(inject('jest', 'a.test.js', [`test('a', () => expect(1).toBe(1))`])?.text).toContain(
      'globalThis.expect(',
    )
  })

  it('names each canary anew', () => {
    const lines = [`test('a', () => expect(1).toBe(1))`]
    const [first, second] = [0.1, 0.7].map(
      (seed) => inject('jest', 'a.test.js', lines, seed)?.canaries[0]?.testName,
    )
    expect(first).not.toBe(second)
  })

  it('asserts falsely in Python by assert, by unittest and by pytest.raises', () => {
    const made = inject('pytest', 'test_a.py', [
      'import pytest, unittest',
      'class TestA(unittest.TestCase):',
      '    def test_a(self):',
      '        with pytest.raises(ValueError): int("x")',
    ])
    expect(made?.canaries.map((canary) => canary.library)).toEqual(['assert', 'unittest', 'pytest'])
  })

  it('does nothing to a language that it does not know', () => {
    expect(inject('junit', 'ATest.java', ['class ATest {}'])).toBeNull()
  })
})

function inject(
  runner: Suite['runner'],
  file: string,
  lines: readonly string[],
  seed = 0.3,
): ReturnType<typeof withCanaries> {
  let state = seed
  const random = (): number => {
    state = (state * 16_807 + 0.137) % 1
    return state
  }
  return withCanaries({ suite: suiteOf(runner), file, text: lines.join('\n'), random })
}

function suiteOf(runner: Suite['runner']): Suite {
  return {
    name: 'main',
    runner,
    cwd: '.',
    tests: ['**'],
    sources: [],
    fixtures: [],
    setup: [],
    build: [],
    checks: {},
    env: {},
    command: null,
    args: [],
    report: null,
    limits: DEFAULT_SUITE_LIMITS,
  }
}
