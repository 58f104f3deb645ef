import type { TreeId } from '../domain/evidence.ts'
import { classifyPath } from '../domain/path-class.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import { configurationOf, namedFiles } from './named-files.ts'
import { followedFrom } from './stubs/plan-stubs.ts'
import { treeTexts } from './stubs/tree-texts.ts'
import { familyOf } from './syntax.ts'
import { testFilesOf } from './test-files.ts'
import type { Laboratory } from './verify.ts'

/** Why a file is held with the tests. */
export interface HeldPath {
  readonly why: string
  /** Whether a command or configuration names it, rather than an import. */
  readonly isNamed: boolean
}

/**
 * What the tests of a suite lean on and nobody claims: files that tests import, directly or through other such files, and
 * files that the configuration of the runner names. Each with why it is held; sources are never among them.
 */
export async function heldPaths(
  trees: Pick<Laboratory, 'files' | 'read'>,
  where: {
    readonly suite: Suite
    /** Every suite of the repository: the sources of one are sources for all. */
    readonly suites: readonly Suite[]
    readonly task: TaskDefinition
    readonly tree: TreeId
  },
): Promise<ReadonlyMap<string, HeldPath>> {
  const { suite, suites, task } = where
  const files = await trees.files(where.tree)
  const paths = [...files.keys()]
  const read = (path: string): Promise<string | null> => trees.read(where.tree, path)
  const named = await namedFiles({ suite, tree: treeTexts(files, read), paths })
  const isSource = (path: string): boolean => classifyPath(path, suites, task) === 'source'
  const isTest = testFilesOf(suite, paths)
  const configuration = configurationOf({ suite, paths }).filter((path) => familyOf(path) !== null)
  const roots = paths.filter((path) => isTest(path) || /(?:^|\/)conftest\.py$/.test(path))
  const begin = [...roots, ...configuration, ...[...named.keys()].filter((path) => !isSource(path))]
  const testFiles = [...new Set([...begin, ...task.tests.filter((path) => files.has(path))])]
  const followed = await followedFrom({ files, read, testFiles, suite, otherSuites: suites, task })
  const held = new Map<string, HeldPath>()
  for (const path of followed) held.set(path, { why: 'tests or their configuration use it', isNamed: false })
  for (const [path, by] of named) held.set(path, { why: `${by} names it`, isNamed: true })
  return new Map([...held].filter(([path]) => classifyPath(path, suites, task) === 'free'))
}

/** Whether a file may decide what a test says: anything but prose, pages and pictures. */
export function maySteer(path: string): boolean {
  return !NO_CODE.test(path)
}

const NO_CODE =
  /\.(?:mdx?|rst|adoc|txt|html?|svg|png|jpe?g|gif|ico|webp|pdf)$|(?:^|\/)(?:LICENSE|NOTICE|AUTHORS|README|CHANGELOG)$/i
