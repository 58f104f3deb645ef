import { coversPattern, matchesAny, matchesPattern, patternFrom } from './path-pattern.ts'
import type { Suite } from './suite.ts'

/** Whether a path, relative to the repository, fits the test patterns of a suite and is no fixture of it. */
export function isTestFile(suite: Pick<Suite, 'cwd' | 'tests' | 'fixtures'>, path: string): boolean {
  const inTree = (pattern: string): string => patternFrom(suite.cwd, pattern)
  const tests = suite.tests.map(inTree)
  if (!matchesAny(tests, path)) return false
  const fixtures = suite.fixtures.map(inTree)
  return tests.some(
    (pattern) => matchesPattern(pattern, path) && !matchesAny(fixturesApart(fixtures, pattern), path),
  )
}

/**
 * The patterns of fixtures that take files of a test pattern away. One that covers the whole test pattern takes none:
 * beside `test/*.test.js`, `test/**` means all else that lies there.
 */
export function fixturesApart(fixtures: readonly string[], tests: string): string[] {
  return fixtures.filter((pattern) => !coversPattern(pattern, tests))
}
