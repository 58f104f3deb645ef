import type { PathChange, TreeId } from '../domain/evidence.ts'
import { classifyPath, isAllowed } from '../domain/path-class.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import { type HeldPath, heldPaths, maySteer } from '../verify/held-paths.ts'
import { followedFrom } from '../verify/stubs/plan-stubs.ts'
import { servesTests } from '../verify/serves-tests.ts'
import type { TreeDiff } from '../git/git.ts'
import type { Workshop } from './context.ts'
import { treesOf } from './laboratory.ts'
import { otherSuites } from './other-suites.ts'

interface Classes {
  readonly suites: readonly Suite[]
  readonly task: TaskDefinition
}

/** What changed between two trees, with the class of each path. */
export async function changesBetween(
  workshop: Workshop,
  question: Classes & { readonly from: TreeId; readonly to: TreeId },
): Promise<PathChange[]> {
  return changesOf(await workshop.git.diff(question.from, question.to), question)
}

export function changesOf(diff: TreeDiff, { suites, task }: Classes): PathChange[] {
  return diff.map(({ path, before, after }) => ({
    path,
    change: before === null ? 'added' : after === null ? 'deleted' : 'modified',
    pathClass: classifyPath(path, suites, task),
  }))
}

/** What changed since the tests were written, with the class of each path; what tests lean on counts as theirs. */
export async function changesSinceTests(
  workshop: Workshop,
  question: Classes & {
    readonly redTree: TreeId
    readonly to: TreeId
    readonly suite: Suite
  },
): Promise<PathChange[]> {
  const { redTree, to, suites, task } = question
  const changes = await changesBetween(workshop, { from: redTree, to, suites, task })
  const leaned = await heldAmong(workshop, { ...question, tree: redTree, changes })
  return changes.map((change) => {
    const held = leaned.get(change.path)
    return held === undefined ? change : { ...change, pathClass: 'test', held: held.why }
  })
}

interface HeldQuestion extends Classes {
  readonly tree: TreeId
  readonly suite: Suite
  readonly changes: readonly PathChange[]
}

/**
 * Changed files that nobody claims and that belong to the tests of a change for which no plan speaks: of what tests lean
 * on in its tree the helpers, with the files that come with them.
 */
export async function helpersAmong(workshop: Workshop, question: HeldQuestion): Promise<string[]> {
  const { tree, suite, suites, task, changes } = question
  const { files, read } = treesOf(workshop)
  const helpers: string[] = []
  for (const [path, { isNamed }] of await heldAmong(workshop, question)) {
    if (isNamed || servesTests(path, (await read(tree, path)) ?? '')) helpers.push(path)
  }
  const added = changes.filter(({ change, pathClass }) => change === 'added' && pathClass === 'free')
  if (helpers.length === 0 || added.length === 0) return helpers
  const followed = await followedFrom({
    files: await files(tree),
    read: (path) => read(tree, path),
    testFiles: helpers,
    suite,
    otherSuites: suites,
    task,
  })
  return [...helpers, ...added.map(({ path }) => path).filter((path) => followed.includes(path))]
}

/** Changed files that tests of the suite, or of another that a change is near to, lean on in a tree. Reads nothing where no change may be one. */
async function heldAmong(
  workshop: Workshop,
  { tree, suite, suites, task, changes }: HeldQuestion,
): Promise<ReadonlyMap<string, HeldPath>> {
  const suspects = changes.filter(
    ({ path, change, pathClass }) =>
      change !== 'added' && pathClass === 'free' && !isAllowed(path, task) && maySteer(path),
  )
  const found = new Map<string, HeldPath>()
  if (suspects.length === 0) return found
  const others = await otherSuites(workshop, { suites, own: suite, changes: suspects, trees: [tree] })
  for (const each of [suite, ...others]) {
    const held = await heldIn(workshop, { suite: each, suites, task, tree })
    for (const { path } of suspects) {
      const reason = held.get(path)
      if (reason !== undefined) found.set(path, reason)
    }
  }
  return found
}

async function heldIn(
  workshop: Workshop,
  where: Classes & { readonly suite: Suite; readonly tree: TreeId },
): Promise<ReadonlyMap<string, HeldPath>> {
  const { tests, sources, allow } = where.task
  const key = JSON.stringify({ ...where, task: { tests, sources, allow } })
  const known = workshop.held.get(key)
  if (known !== undefined) return known
  const held = await heldPaths(treesOf(workshop), where)
  workshop.held.set(key, held)
  return held
}
