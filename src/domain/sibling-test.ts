import { holdsPath } from './task-path.ts'
import type { Suite } from './suite.ts'
import { testMatcher } from './test-pattern.ts'

/**
 * The existing test that is most like those of a task: in the nearest folder, with the same ending, and not one of its own;
 * null where there is none.
 */
export function siblingTest(
  paths: Iterable<string>,
  of: { readonly suite: Suite; readonly tests: readonly string[] },
): string | null {
  const [wanted = ''] = of.tests
  const isTest = testMatcher(of.suite)
  let best: { readonly path: string; readonly rank: number } | null = null
  for (const path of paths) {
    const rank = 2 * sharedFolders(path, wanted) + (endingOf(path) === endingOf(wanted) ? 1 : 0)
    const isBetter = best === null || rank > best.rank || (rank === best.rank && path < best.path)
    if (isBetter && isTest(path) && !holdsPath(of.tests, path)) best = { path, rank }
  }
  return best?.path ?? null
}

function sharedFolders(path: string, other: string): number {
  const [one, two] = [path.split('/').slice(0, -1), other.split('/').slice(0, -1)]
  const differ = one.findIndex((folder, index) => folder !== two[index])
  return differ === -1 ? one.length : differ
}

/** `.test.ts` of `a/b.test.ts`. */
function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.slice(name.indexOf('.', 1))
}
