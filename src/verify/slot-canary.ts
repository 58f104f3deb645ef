import { type TestReport, type TreeId, testKey } from '../domain/evidence.ts'
import { matchesAny } from '../domain/path-pattern.ts'
import type { Suite } from '../domain/suite.ts'
import { suitePatterns } from '../protocol/suite-file.ts'
import { failsWithMark, isBreakable, withBrokenLine } from './broken-line.ts'
import { importedPaths } from './file-flow.ts'
import { runTests } from './runners/run-tests.ts'
import { treeTexts } from './stubs/tree-texts.ts'
import { testFilesOf } from './test-files.ts'
import type { Laboratory, Place } from './verify.ts'

/** A source, and a test file that imports it. */
export interface WatchedSource {
  readonly source: string
  readonly test: string
}

/** Test files that are looked into, and sources that are broken one after the other until one is noticed. */
const SEARCHED_TESTS = 50
const BROKEN_SOURCES = 3

type Trees = Pick<Laboratory, 'files' | 'read' | 'compose'>

/** Sources that a test file imports itself, so that it must notice a broken line in them; a few, or none. */
async function watchedSources(trees: Trees, suite: Suite, tree: TreeId): Promise<WatchedSource[]> {
  const files = await trees.files(tree)
  const isTest = testFilesOf(suite, [...files.keys()])
  const isSource = (path: string): boolean =>
    matchesAny(suitePatterns(suite, 'sources'), path) &&
    !matchesAny(suitePatterns(suite, 'tests'), path) &&
    isBreakable(path)
  const search = {
    tree: treeTexts(files, (path) => trees.read(tree, path)),
    suite,
    records: [],
    isSource,
    isOwn: () => false,
  }
  const found = new Map<string, WatchedSource>()
  for (const test of [...files.keys()].filter((path) => isTest(path)).slice(0, SEARCHED_TESTS)) {
    const source = (await importedPaths(test, search)).find((path) => isSource(path) && !found.has(path))
    if (source !== undefined) found.set(source, { source, test })
    if (found.size === BROKEN_SOURCES) break
  }
  return [...found.values()]
}

/**
 * Whether tests notice a broken line in a source that they import. `unknown`: nothing could be seen, as no such test
 * passes, or because what setup installed did not survive a run.
 */
type Canary =
  | { readonly kind: 'noticed' }
  | { readonly kind: 'unnoticed'; readonly watched: WatchedSource }
  | { readonly kind: 'unknown' }

/**
 * Breaks one source after the other in the place and runs the test file that imports it, until one is noticed. The
 * common case costs one run of one test file.
 */
export async function watchSlot(
  place: Place,
  canary: {
    readonly trees: Trees
    readonly suite: Suite
    readonly tree: TreeId
    /** Whether the place still has what setup installed; asked after it was filled. */
    readonly isIntact: () => boolean
    /** Random, so that no test can say it by itself. */
    readonly mark: string
  },
): Promise<Canary> {
  const { trees, suite, tree, isIntact, mark } = canary
  let unnoticed: WatchedSource | null = null
  for (const watched of await watchedSources(trees, suite, tree)) {
    const { source, test } = watched
    const text = (await trees.read(tree, source)) ?? ''
    const broken = await trees.compose(tree, new Map([[source, withBrokenLine(source, text, mark)]]))
    await place.fill(broken)
    if (!isIntact()) break
    const after = await runTests(place, suite, { files: [test] })
    if (failsWithMark(after, mark)) return { kind: 'noticed' }
    await place.fill(tree)
    if (!isIntact()) break
    const before = await runTests(place, suite, { files: [test] })
    const [passed, still] = [passedIn(before), passedIn(after)]
    if ([...passed].some((key) => !still.has(key))) return { kind: 'noticed' }
    if (passed.size > 0) unnoticed ??= watched
  }
  return unnoticed === null ? { kind: 'unknown' } : { kind: 'unnoticed', watched: unnoticed }
}

function passedIn(report: TestReport): Set<string> {
  return new Set(report.tests.filter(({ outcome }) => outcome === 'passed').map(testKey))
}
