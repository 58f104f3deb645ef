import { coversPattern, matchesAny, matchesPattern, patternFrom } from './path-pattern.ts'
import type { Suite } from './suite.ts'

/** Whether a path, relative to the repository, fits the test patterns of a suite and is no fixture of it. */
export function isTestFile(suite: TestPatterns, path: string): boolean {
  return testMatcher(suite)(path)
}

type TestPatterns = Pick<Suite, 'cwd' | 'tests' | 'fixtures'>

/** The same for many paths. */
export function testMatcher(suite: TestPatterns): (path: string) => boolean {
  const inTree = (pattern: string): string => patternFrom(suite.cwd, pattern)
  const tests = suite.tests.map(inTree)
  const fixtures = suite.fixtures.map(inTree)
  const apart = tests.map((pattern) => ({ pattern, fixtures: fixturesApart(fixtures, pattern) }))
  return (path) =>
    matchesAny(tests, path) &&
    apart.some(({ pattern, fixtures: taken }) => matchesPattern(pattern, path) && !matchesAny(taken, path))
}

/**
 * The patterns of fixtures that take files of a test pattern away. One that covers the whole test pattern takes none:
 * beside `test/*.test.js`, `test/**` means all else that lies there.
 */
export function fixturesApart(fixtures: readonly string[], tests: string): string[] {
  return fixtures.filter((pattern) => !coversPattern(pattern, tests))
}
