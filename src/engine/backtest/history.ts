import type { PathClass } from '../../domain/evidence.ts'
import { classifyPath } from '../../domain/path-class.ts'
import { type TaskDefinition, UNSAID } from '../../domain/plan.ts'
import { foldersOf } from '../../domain/relative-path.ts'
import type { Suite } from '../../domain/suite.ts'
import type { TreeChanges, TreeDiff, TreeEntry } from '../../git/git.ts'

/** One commit of a first-parent history, as the difference to its first parent. */
export interface HistoryCommit {
  readonly id: string
  /** First line of its message. */
  readonly subject: string
  readonly tree: string
  readonly diff: TreeDiff
}

/** A commit as a task of a run. */
export interface ReplayedCommit {
  readonly commit: HistoryCommit
  readonly definition: TaskDefinition
  /** False for a commit that is carried from the start, because it does not change tests and sources of one suite. */
  readonly isTask: boolean
  readonly tests: TreeChanges
  readonly all: TreeChanges
}

/**
 * Turns a history, oldest first, into tasks: a commit's test paths and the helpers of its tests are its RED, all its other
 * paths its GREEN.
 */
export function planHistory(
  commits: readonly HistoryCommit[],
  suites: readonly Suite[],
  held: ReadonlyMap<string, ReadonlySet<string>>,
): readonly ReplayedCommit[] {
  const touched = new LastTouched()
  return commits.map((commit, index) => {
    const key = keyOf(commit, index)
    const dependsOn = touched.add(
      key,
      commit.diff.map(({ path }) => path),
    )
    const suite = suiteOf(commit, suites)
    const classOf = (path: string): PathClass =>
      held.get(commit.id)?.has(path) === true ? 'test' : classifyPath(path, suites)
    const tests = commit.diff.filter(({ path }) => classOf(path) === 'test')
    return {
      commit,
      isTask: suite !== null,
      definition: definitionOf(commit, { key, dependsOn, suite, suites, classOf }),
      tests: changesOf(tests),
      all: changesOf(commit.diff),
    }
  })
}

function keyOf(commit: HistoryCommit, index: number): string {
  return `c${String(index + 1).padStart(4, '0')}-${commit.id.slice(0, 10)}`
}

/**
 * The suite whose tests and sources a commit changes; the one with the most changed tests where there are several. An
 * entry of a submodule cannot be made by writing files, so a commit that changes one is no task.
 */
export function suiteOf(commit: HistoryCommit, suites: readonly Suite[]): Suite | null {
  if (commit.diff.some(({ before, after }) => isSubmodule(before) || isSubmodule(after))) return null
  const counted = suites.map((suite) => {
    const classes = commit.diff.map(({ path }) => classifyPath(path, [suite]))
    const count = (name: string): number => classes.filter((found) => found === name).length
    return { suite, tests: count('test'), sources: count('source') }
  })
  const touched = counted.filter(({ tests, sources }) => tests > 0 && sources > 0)
  touched.sort((left, right) => right.tests - left.tests)
  return touched[0]?.suite ?? null
}

function isSubmodule(entry: TreeEntry | null): boolean {
  return entry?.mode === '160000'
}

function definitionOf(
  commit: HistoryCommit,
  place: {
    readonly key: string
    readonly dependsOn: readonly string[]
    readonly suite: Suite | null
    readonly suites: readonly Suite[]
    readonly classOf: (path: string) => PathClass
  },
): TaskDefinition {
  const { key, dependsOn, suite, suites, classOf } = place
  const classed = commit.diff.map(({ path }) => ({ path, pathClass: classOf(path) }))
  const pathsOf = (wanted: (pathClass: string) => boolean): string[] =>
    suite === null ? [] : classed.filter(({ pathClass }) => wanted(pathClass)).map(({ path }) => path)
  const tests = pathsOf((pathClass) => pathClass === 'test')
  const sources = pathsOf((pathClass) => pathClass === 'source' || pathClass === 'free')
  return {
    ...UNSAID,
    key,
    title: commit.subject === '' ? commit.id : commit.subject,
    goal: '',
    kind: suite === null ? 'scaffold' : 'implement',
    suite: suite?.name ?? suites[0]?.name ?? '',
    criteria: [],
    tests,
    sources,
    allow: pathsOf((pathClass) => pathClass === 'frozen'),
    dependsOn,
    exports: [],
    verify: [],
    locks: [...tests, ...sources],
  }
}

function changesOf(diff: TreeDiff): TreeChanges {
  return new Map(diff.map(({ path, after }) => [path, after]))
}

/** For each path the latest commit that touched it. Letter case is ignored, as file locks ignore it. */
class LastTouched {
  readonly #last = new Map<string, string>()
  readonly #folders = new Set<string>()

  /** Notes the paths of a commit; answers the commits it depends on. */
  add(key: string, paths: readonly string[]): string[] {
    const found = new Set<string>()
    const folded = paths.map((path) => path.normalize('NFC').toLowerCase())
    for (const path of folded) for (const before of this.#touching(path)) found.add(before)
    for (const path of folded) {
      this.#last.set(path, key)
      for (const folder of foldersOf(path)) this.#folders.add(folder)
    }
    return [...found].toSorted()
  }

  /** Commits that touched the path, a file in the place of one of its folders, or files below it where it was a folder. */
  *#touching(path: string): Generator<string> {
    for (const place of [path, ...foldersOf(path)]) {
      const key = this.#last.get(place)
      if (key !== undefined) yield key
    }
    if (!this.#folders.has(path)) return
    for (const [other, key] of this.#last) if (other.startsWith(`${path}/`)) yield key
  }
}
