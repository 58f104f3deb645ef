import { describe, expect, it } from 'vitest'
import { fixturesApart, isTestFile } from './test-pattern.ts'

describe('a file of tests', () => {
  it.each([
    // Fixtures around all the tests are what lies beside them.
    [['test/*.test.js'], ['test/**'], 'test/a.test.js', true],
    [['test/*.test.js'], ['test/**'], 'test/a.js', false],
    [['test/*.test.js'], ['test/**'], 'test/deep/a.test.js', false],
    [['test/**/*.{test,spec}.js'], ['test/'], 'test/deep/a.spec.js', true],
    [['test/**'], ['test/**'], 'test/a.js', true],
    // Fixtures within them are none of them.
    [['test/**'], ['test/fixtures/**'], 'test/a.js', true],
    [['test/**'], ['test/fixtures/**'], 'test/fixtures/a.js', false],
    [['**/*_test.go'], ['**/testdata/**'], 'a/testdata/b_test.go', false],
    [['test/**'], ['test/*'], 'test/deep/a.js', true],
    [['test/**'], ['test/*'], 'test/a.js', false],
    [['test/**'], ['test/*/**'], 'test/deep/a.js', false],
    [['test/*.js'], ['test/?.js'], 'test/a.js', false],
    // Each pattern of tests has fixtures of its own.
    [['test/*.js', '**/*.spec.js'], ['test/**'], 'test/a.js', true],
    [['test/*.js', '**/*.spec.js'], ['test/**'], 'test/deep/a.spec.js', false],
    [['test/*.js', '**/*.spec.js'], ['test/**'], 'src/a.spec.js', true],
    [['test/**', '!test/support/**'], ['test/**'], 'test/support/a.js', false],
  ])('of tests %j and fixtures %j: %s is one: %s', (tests, fixtures, path, expected) => {
    expect(isTestFile({ cwd: '.', tests, fixtures }, path)).toBe(expected)
    expect(isTestFile({ cwd: 'packages/a', tests, fixtures }, `packages/a/${path}`)).toBe(expected)
  })
})

describe('fixtures that take files of a test pattern away', () => {
  it('are those that do not cover it', () => {
    const fixtures = ['test/**', 'test/fixtures/**', '!test/**']
    expect(fixturesApart(fixtures, 'test/*.test.js')).toEqual(['test/fixtures/**', '!test/**'])
  })
})
