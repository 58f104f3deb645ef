import type { PathChange, TreeId } from '../domain/evidence.ts'
import { matchesAny, patternFrom } from '../domain/path-pattern.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { RunnerName, Suite } from '../domain/suite.ts'
import { isTestFile } from '../domain/test-pattern.ts'
import { familyOf } from './syntax.ts'
import type { Laboratory } from './verify.ts'

/** Files beyond this are not searched for the helpers that they use; VERIFY runs everything anyway. */
const MAX_SEARCHED_FILES = 2_000

/** The test files that a change of tests, helpers and fixtures asks to run, as far as they are in the tree. */
export async function testFilesToRun(
  laboratory: Pick<Laboratory, 'files' | 'read'>,
  where: { readonly suite: Suite; readonly task: TaskDefinition; readonly tree: TreeId },
  changes: readonly PathChange[],
): Promise<string[]> {
  const paths = [...(await laboratory.files(where.tree)).keys()]
  const isTest = testFileFilter(where, paths)
  const changed = new Set(
    changes.filter((change) => change.change !== 'deleted').map((change) => change.path),
  )
  const files = new Set([...changed].map(ownerOfSnapshot).filter((path) => isTest(path)))
  const helpers = [...changed].filter(
    (path) => !isTest(ownerOfSnapshot(path)) && isTestMatter(path, where.suite),
  )
  for (const path of await usersOf(laboratory, where, { helpers, paths })) if (isTest(path)) files.add(path)
  return [...files].toSorted()
}

/** vitest and jest keep the snapshots of `dir/NAME` in `dir/__snapshots__/NAME.snap`; any other path is its own. */
function ownerOfSnapshot(path: string): string {
  return path.replace(/(^|\/)__snapshots__\/([^/]+)\.snap$/, '$1$2')
}

/** Whether a path is a file of tests of the suite, whatever a task says. */
export function testFilesOf(suite: Suite, paths: readonly string[]): (path: string) => boolean {
  return testFileFilter({ suite, task: { tests: [] } }, paths)
}

/**
 * Whether a path is a file of tests: the task names it, or it fits the suite's patterns and the runner's naming. Where
 * no file of a JavaScript suite is named like a test, all of them are tests.
 */
function testFileFilter(
  { suite, task }: { readonly suite: Suite; readonly task: Pick<TaskDefinition, 'tests'> },
  paths: readonly string[],
): (path: string) => boolean {
  const naming = NAMING[suite.runner] ?? JAVASCRIPT
  const isCandidate = (path: string): boolean => naming.language.test(path) && isTestFile(suite, path)
  const candidates = paths.filter((path) => isCandidate(path))
  const named = candidates.filter((path) => naming.named.test(path))
  const tests = new Set(named.length > 0 || naming.strict ? named : candidates)
  const isOutside = (path: string): boolean => naming.language.test(path) && !isTestMatter(path, suite)
  const ofTask = task.tests.filter((path) => !isConftest(path) && (isCandidate(path) || isOutside(path)))
  // Beside files that are named like tests, those that are not are helpers of them.
  const namedOfTask = ofTask.filter((path) => naming.named.test(path))
  const own = new Set(namedOfTask.length > 0 ? namedOfTask : ofTask)
  return (path) => tests.has(path) || own.has(path)
}

interface Naming {
  readonly language: RegExp
  readonly named: RegExp
  /** The runner collects nothing from files of other names. */
  readonly strict: boolean
}

const JAVASCRIPT: Naming = {
  language: /(?<!\.d)\.[cm]?[jt]sx?$/,
  named: /(?:^|\/)(?:test[-._][^/]*|test|[^/]*[-._](?:test|spec))\.[cm]?[jt]sx?$/,
  strict: false,
}

const NAMING: Readonly<Partial<Record<RunnerName, Naming>>> = {
  pytest: { language: /\.py$/, named: /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/, strict: true },
  go: { language: /\.go$/, named: /_test\.go$/, strict: true },
  cargo: { language: /\.rs$/, named: /\.rs$/, strict: true },
  junit: { language: /\.[A-Za-z0-9]+$/, named: /(?:[Tt]est|[Ss]pec)[^/]*$/, strict: false },
}

function isTestMatter(path: string, suite: Suite): boolean {
  return fits(suite.tests, suite, path) || fits(suite.fixtures, suite, path)
}

function fits(patterns: readonly string[], suite: Suite, path: string): boolean {
  return matchesAny(
    patterns.map((pattern) => patternFrom(suite.cwd, pattern)),
    path,
  )
}

/**
 * Files of tests and helpers that mention one of the helpers by its name without extension, and those that mention these
 * in turn. What nobody mentions by name is found by its directory, as tables of cases are; a conftest serves everything
 * below it.
 */
async function usersOf(
  laboratory: Pick<Laboratory, 'files' | 'read'>,
  { suite, tree }: { readonly suite: Suite; readonly tree: TreeId },
  search: { readonly helpers: readonly string[]; readonly paths: readonly string[] },
): Promise<Set<string>> {
  const users = new Set<string>()
  if (search.helpers.length === 0) return users
  const texts = new Map<string, string>()
  for (const path of search.paths
    .filter((candidate) => isTestMatter(candidate, suite) && familyOf(candidate) !== null)
    .slice(0, MAX_SEARCHED_FILES)) {
    const text = await laboratory.read(tree, path)
    if (text !== null) texts.set(path, text)
  }
  const queue = [...search.helpers]
  for (let at = 0; at < queue.length; at += 1) {
    for (const path of mentioning(queue[at] ?? '', texts)) {
      if (users.has(path)) continue
      users.add(path)
      queue.push(path)
    }
  }
  return users
}

function mentioning(helper: string, texts: ReadonlyMap<string, string>): string[] {
  const directory = helper.slice(0, helper.lastIndexOf('/') + 1)
  const others = [...texts].filter(([path]) => path !== helper)
  if (isConftest(helper)) {
    return others.flatMap(([path]) => (path.startsWith(directory) ? [path] : []))
  }
  const byName = (name: string): string[] =>
    others.flatMap(([path, text]) => (text.includes(name) ? [path] : []))
  const named = byName(stemOf(helper))
  if (named.length > 0 || familyOf(helper) !== null) return named
  const folders = directory.split('/').filter((part) => part !== '' && !TEST_FOLDER.test(part))
  return (
    folders
      .toReversed()
      .map(byName)
      .find((found) => found.length > 0) ?? []
  )
}

/** pytest reads it by itself, and collects no test from it. */
function isConftest(path: string): boolean {
  return /(?:^|\/)conftest\.py$/.test(path)
}

/** Directories of all tests: their names say nothing about who reads a file in them. */
const TEST_FOLDER = /^(?:src|tests?|testing|spec|__tests__|packages)$/

function stemOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.indexOf('.', 1)
  return dot < 0 ? name : name.slice(0, dot)
}
