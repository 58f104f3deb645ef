import type { PathChange } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'

/** Suites besides the task's own whose directory holds a changed path: their tests may be affected too. */
export function otherSuites(suites: Iterable<Suite>, own: Suite, changes: readonly PathChange[]): Suite[] {
  return [...suites].filter(
    (suite) => suite.name !== own.name && changes.some(({ path }) => isBelow(suite.cwd, path)),
  )
}

function isBelow(directory: string, path: string): boolean {
  return directory === '.' || path.startsWith(`${directory}/`)
}
