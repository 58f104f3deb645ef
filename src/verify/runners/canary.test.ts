import { describe, expect, it } from 'vitest'
import type { Suite } from '../../domain/suite.ts'
import { DEFAULT_SUITE_LIMITS } from '../../domain/suite.ts'
import { withCanaries } from './canary.ts'

const SEEDS = [0.1, 0.23, 0.42, 0.61, 0.77, 0.93]

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
    expect(made?.text).toMatch(/\.equal\((?:\d{2,}|'\w+'), /)
    expect(made?.text).toMatch(/\.throws\(\(\) => [\d']/)
  })

  it('gives `ok` a message in a file that does not run as it is written', () => {
    const lines = [
      `import test from 'node:test'`,
      `import assert from 'node:assert/strict'`,
      `test('a', () => { assert.ok(f()) })`,
    ]
    const message = /assert\.ok\((?:\d+|'\w+') === (?:\d+|'\w+'), '\w+'\)/
    expect(inject('node', 'a.test.ts', lines)?.text).toMatch(message)
    expect(inject('node', 'a.test.mjs', lines)?.text).not.toMatch(message)
  })

  it('leaves the lines of the file where they were', () => {
    const lines = [`const test = require('node:test')`, `test('a', () => {`, '})', `test('b', () => {}) // b`]
    for (const seed of SEEDS) {
      const made = inject('node', 'a.test.js', lines, seed)?.text.split('\n') ?? []
      expect(made).toHaveLength(lines.length)
      for (const [index, line] of lines.entries()) expect(made[index]).toContain(line.replace(' // b', ''))
    }
  })

  it('leaves a file with tests of a table among others whole', () => {
    const lines = [
      `import test from 'node:test'`,
      'test.each([1])(`${1}`, () => {})',
      `test('a', () => {})`,
      'test(`${2}`, () => {})',
    ]
    for (const seed of SEEDS) {
      const made = inject('node', 'a.test.mjs', lines, seed)?.text.split('\n') ?? []
      expect(made).toHaveLength(lines.length)
      for (const [index, line] of lines.entries()) expect(made[index]?.split(line)).toHaveLength(2)
    }
  })

  it('leaves the lines of a Python file where two blank lines make room', () => {
    const test = (name: string): string => `def test_${name}():\n    assert 1 == 1\n`
    const text = `import os\n\n\n${test('one')}\n\n${test('two')}\n\n${test('three')}\n\n${test('four')}`
    for (const seed of SEEDS) {
      const made = inject('pytest', 'test_a.py', text.split('\n'), seed)?.text.split('\n') ?? []
      expect(made).toHaveLength(text.split('\n').length)
      expect(made.indexOf('def test_four():')).toBe(text.split('\n').indexOf('def test_four():'))
    }
  })

  it('looks like the tests of the file and stands between them', () => {
    const lines = [
      `import { it as spec } from 'node:test'`,
      `import { equal } from 'node:assert'`,
      `spec('AC-1 adds numbers', () => { equal(1, 1) })`,
      `spec('AC-1 adds words', () => { equal('a', 'a') })`,
    ]
    const own =
      /spec\('AC-1 adds (?:numbers|words)(?: [a-z]{9})?', \(\) => \{ equal\((?:\d+|'\w+'), (?:\d+|'\w+')\) \}\)(?:; ?|$)/gm
    for (const seed of SEEDS) {
      const made = inject('node', 'a.test.mjs', lines, seed)
      const left = made?.text.split('\n').slice(2).join('\n').replaceAll(own, '').trim()
      expect(left).toBe('')
      expect(made?.canaries).toHaveLength(3)
    }
  })

  it('stands at other places each time', () => {
    const lines = [
      `import test from 'node:test'`,
      ...Array.from({ length: 9 }, (_, index) => `test('${index}', () => {})`),
    ]
    const changed = SEEDS.map((seed) =>
      inject('node', 'a.test.mjs', lines, seed)
        ?.text.split('\n')
        .map((line, index) => line === lines[index])
        .join(),
    )
    expect(new Set(changed).size).toBeGreaterThan(1)
  })

  it('never stands inside of a template, a comment or another test', () => {
    const lines = [
      `import test from 'node:test'`,
      'const text = `',
      `test('inner', () => {})`,
      '`',
      `// test('noted', () => {})`,
      `test('outer', (t) => { t.test('nested', () => {}) })`,
    ]
    for (const seed of SEEDS) {
      const made = inject('node', 'a.test.mjs', lines, seed)?.text.split('\n') ?? []
      expect(made.slice(1, 5)).toEqual(lines.slice(1, 5))
      expect(made[5]).toContain(lines[5])
    }
  })

  it('calls no function that only shares the name of a test function', () => {
    const lines = [`const test = (name, body) => it('x ' + name, body)`, `test('a', () => expect(1).toBe(1))`]
    const made = inject('jest', 'a.test.js', lines)
    expect(made?.text).toContain(`globalThis.test('a ${made?.canaries[0]?.testName.slice(2)}'`)
  })

  it('stands at the end where the file has no test at its top level', () => {
    const lines = [`import test from 'node:test'`, `for (const a of [1]) test(a, () => {})`]
    expect(inject('node', 'a.test.mjs', lines)?.text.startsWith(`${lines.join('\n')}\n`)).toBe(true)
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
    expect(inject('jest', 'a.test.js', [`test('a', () => expect(1).toBe(1))`])?.text).toContain('{ expect(')
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
