import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { join as posixJoin } from 'node:path/posix'
import type { Suite } from '../../domain/suite.ts'
import { fixturesApart } from '../../domain/test-pattern.ts'
import type { Place } from '../verify.ts'

/** Files beyond this are not listed. */
const MOST_FILES = 50_000

/** Files of the tree that the suite's test patterns name, fixtures left out, relative to the repository, sorted. */
export async function testFiles(place: Place, suite: Suite): Promise<string[]> {
  const cwd = join(place.directory, suite.cwd)
  const found = new Set<string>()
  for (const pattern of suite.tests) {
    const exclude = ['**/node_modules/**', '**/.git/**', ...fixturesApart(suite.fixtures, pattern)]
    for await (const entry of glob(pattern, { cwd, exclude, withFileTypes: true })) {
      if (found.size >= MOST_FILES) break
      if (!entry.isFile()) continue
      found.add(join(entry.parentPath, entry.name).slice(join(place.directory, '.').length + 1))
    }
  }
  return [...found].map((path) => path.replaceAll('\\', '/')).toSorted()
}

/** Files of a JavaScript suite that are tests: those named like tests, when any is. */
export async function javascriptTestFiles(place: Place, suite: Suite): Promise<string[]> {
  const all = (await testFiles(place, suite)).filter((path) => /(?<!\.d)\.[cm]?[jt]sx?$/.test(path))
  const named = all.filter((path) => NAMED_LIKE_A_TEST.test(path))
  return named.length > 0 ? named : all
}

/** A path relative to the suite's directory as one relative to the repository. */
export function inTree(suite: Suite, file: string): string {
  return posixJoin(suite.cwd, file)
}

const NAMED_LIKE_A_TEST = /(?:^|\/)(?:test[-._][^/]*|test|[^/]*[-._](?:test|spec))\.[cm]?[jt]sx?$/
