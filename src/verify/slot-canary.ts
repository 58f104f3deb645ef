import { type TestReport, type TreeId, testKey } from '../domain/evidence.ts'
import { matchesAny } from '../domain/path-pattern.ts'
import type { Suite } from '../domain/suite.ts'
import { suitePatterns } from '../protocol/suite-file.ts'
import { BROKEN_ON_PURPOSE, isBreakable, withBrokenLine } from './broken-line.ts'
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
 * Breaks one source after the other in the place and runs the test file that imports it. Answers what was not noticed;
 * null as soon as something is, or where no such test passes at all. The common case costs one run of one test file.
 */
export async function unnoticedSource(
  place: Place,
  canary: { readonly trees: Trees; readonly suite: Suite; readonly tree: TreeId },
): Promise<WatchedSource | null> {
  const { trees, suite, tree } = canary
  let unnoticed: WatchedSource | null = null
  for (const watched of await watchedSources(trees, suite, tree)) {
    const { source, test } = watched
    const text = (await trees.read(tree, source)) ?? ''
    const broken = await trees.compose(tree, new Map([[source, withBrokenLine(source, text)]]))
    await place.fill(broken)
    const after = await runTests(place, suite, { files: [test] })
    if (JSON.stringify(after).includes(BROKEN_ON_PURPOSE)) return null
    await place.fill(tree)
    const before = await runTests(place, suite, { files: [test] })
    const [passed, still] = [passedIn(before), passedIn(after)]
    if ([...passed].some((key) => !still.has(key))) return null
    if (passed.size > 0) unnoticed ??= watched
  }
  return unnoticed
}

function passedIn(report: TestReport): Set<string> {
  return new Set(report.tests.filter(({ outcome }) => outcome === 'passed').map(testKey))
}
