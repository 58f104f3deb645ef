import type { PathChange, TreeId } from '../domain/evidence.ts'
import { classifyPath, isAllowed } from '../domain/path-class.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import { heldPaths, maySteer } from '../verify/held-paths.ts'
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
  const held = await heldAmong(workshop, { ...question, tree: redTree, changes })
  return changes.map((change) => {
    const why = held.get(change.path)
    return why === undefined ? change : { ...change, pathClass: 'test', held: why }
  })
}

/** Changed files that tests of the suite, or of another that a change is near to, lean on in a tree. Reads nothing where no change may be one. */
export async function heldAmong(
  workshop: Workshop,
  question: Classes & {
    readonly tree: TreeId
    readonly suite: Suite
    readonly changes: readonly PathChange[]
  },
): Promise<ReadonlyMap<string, string>> {
  const { tree, suite, suites, task, changes } = question
  const suspects = changes.filter(
    ({ path, change, pathClass }) =>
      change !== 'added' && pathClass === 'free' && !isAllowed(path, task) && maySteer(path),
  )
  const found = new Map<string, string>()
  if (suspects.length === 0) return found
  const others = await otherSuites(workshop, { suites, own: suite, changes: suspects, trees: [tree] })
  for (const each of [suite, ...others]) {
    const held = await heldIn(workshop, { suite: each, suites, task, tree })
    for (const { path } of suspects) {
      const why = held.get(path)
      if (why !== undefined) found.set(path, why)
    }
  }
  return found
}

async function heldIn(
  workshop: Workshop,
  where: Classes & { readonly suite: Suite; readonly tree: TreeId },
): Promise<ReadonlyMap<string, string>> {
  const { tests, sources, allow } = where.task
  const key = JSON.stringify({ ...where, task: { tests, sources, allow } })
  const known = workshop.held.get(key)
  if (known !== undefined) return known
  const held = await heldPaths(treesOf(workshop), where)
  workshop.held.set(key, held)
  return held
}
