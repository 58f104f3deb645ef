import { describe, expect, it } from 'vitest'
import {
  coversPattern,
  matchesAny,
  matchesPattern,
  normalizeRelativePath,
  patternFrom,
} from './path-pattern.ts'

describe('a pattern', () => {
  it.each([
    ['src/**', 'src/*/a.js', true],
    ['src/**', '**', false],
    ['src/**/x.js', 'src/*/**/x.js', true],
    ['src/*/**', 'src/**/x.js', false],
    ['src/**', 'src/**', true],
    ['src/*', 'src/**', false],
  ])('%s covers %s: %s', (wide, narrow, expected) => {
    expect(coversPattern(wide, narrow)).toBe(expected)
  })

  it.each([
    ['src/**', 'src/a/b.ts', true],
    ['src/**', 'src', false],
    ['src/**', 'srcs/a.ts', false],
    ['src/', 'src/a.ts', true],
    ['**/*.test.ts', 'a.test.ts', true],
    ['**/*.test.ts', 'x/y/a.test.ts', true],
    ['**/*.test.ts', 'x/a.test.tsx', false],
    ['**/*.{test,spec}.?(c|m)[jt]s', 'a.test.ts', false],
    ['**/*.{test,spec}.{js,ts}', 'x/a.spec.js', true],
    ['**/*.{test,{e2e,spec}}.js', 'a.e2e.js', true],
    ['test/*.js', 'test/a.js', true],
    ['test/*.js', 'test/a/b.js', false],
    ['a?.js', 'ab.js', true],
    ['[ab].js', 'b.js', true],
    ['[!ab].js', 'b.js', false],
    ['a+b(1).js', 'a+b(1).js', true],
    ['./src//a.js', 'src/a.js', true],
    ['**', 'a/b', true],
    ['.', 'a/b', true],
  ])('%s and %s', (pattern, path, expected) => {
    expect(matchesPattern(pattern, path)).toBe(expected)
  })

  it('takes every character but the wildcards as itself', () => {
    for (const path of ['smoke-tests/a.js', 'a+b.js', 'a.b/$c/(d).js', 'a^b|c.js', 'ü/x']) {
      expect(matchesPattern(path, path)).toBe(true)
    }
    expect(matchesPattern('a.js', 'axjs')).toBe(false)
  })

  it('is taken back by a later negation', () => {
    expect(matchesAny(['test/**', '!test/support/**'], 'test/support/a.js')).toBe(false)
    expect(matchesAny(['test/**', '!test/support/**'], 'test/a.js')).toBe(true)
  })

  it('keeps its negation when a directory is put before it', () => {
    expect(patternFrom('packages/a', '!src/**')).toBe('!packages/a/src/**')
    expect(patternFrom('.', 'src/**')).toBe('src/**')
  })
})

describe('a relative path', () => {
  it('has one spelling', () => {
    expect(normalizeRelativePath('./a//b/./c.js')).toBe('a/b/c.js')
    expect(normalizeRelativePath('a\\b')).toBe('a/b')
    expect(normalizeRelativePath('dir/')).toBe('dir/**')
    expect(normalizeRelativePath('.')).toBe('')
  })
})
