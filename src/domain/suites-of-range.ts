import { hasDirectory } from './suite-directory.ts'
import type { Suite } from './suite.ts'

/**
 * The suites that a change is judged with where none are written down: those found in the files of its end. It takes no
 * tests away by changing what they are found by: a suite keeps the test patterns that it had at the begin, and one that
 * is found no more stays while its directory is there and no other runner took its place.
 */
export function suitesOfRange(range: {
  readonly begin: readonly Suite[]
  readonly end: readonly Suite[]
  /** The files of the end. */
  readonly files: readonly string[]
}): Suite[] {
  const { begin, end, files } = range
  const found = end.map((suite) => {
    const before = begin.find((other) => isSame(other, suite))
    return { ...suite, tests: [...new Set([...suite.tests, ...(before?.tests ?? [])])] }
  })
  const fresh = end.filter((suite) => !begin.some((other) => isSame(other, suite)))
  const lost = begin.filter(
    (suite) =>
      hasDirectory(files, suite) &&
      !end.some((other) => isSame(other, suite)) &&
      !fresh.some(({ cwd }) => cwd === suite.cwd),
  )
  const names = new Set(end.map(({ name }) => name))
  return [
    ...found,
    ...lost.map((suite) => (names.has(suite.name) ? { ...suite, name: `${suite.name}-before` } : suite)),
  ]
}

function isSame(one: Suite, other: Suite): boolean {
  return one.cwd === other.cwd && one.runner === other.runner
}
