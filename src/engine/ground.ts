import { isAllowed } from '../domain/path-class.ts'
import type { AcceptedWork } from '../domain/attempt.ts'
import type { CommitId, PathChange, TreeId } from '../domain/evidence.ts'
import type { StartPoint } from '../domain/next-step.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import { changesBetween, changesSinceTests } from './changes.ts'
import { makeDraft } from './commit-settings.ts'
import { type RunContext, suiteOf, targetRef } from './context.ts'
import { carryFrozenTests, frozenTests } from './frozen-tests.ts'
import { graft } from './laboratory.ts'
import { targetMissing } from './way-to-target.ts'
import { commitWork } from './work-commits.ts'
import { withWork } from './work-lost.ts'

/** Where an attempt begins, as commits and trees of one base. */
export interface Ground {
  readonly base: CommitId
  readonly baseTree: TreeId
  /** What is accepted so far, carried over to `base`; null before RED is accepted. */
  readonly work: AcceptedWork | null
  /** `base` plus the task's tests. */
  readonly redTree: TreeId
  /** The tree under work: what the agent starts from, or what is verified. */
  readonly tree: TreeId
}

/**
 * Resolves a start point against git. Who writes tests begins from tests alone, also where sources are accepted already. Throws
 * `WorkLost`.
 */
export async function prepareGround(
  context: RunContext,
  task: TaskDefinition,
  start: WantedStart,
): Promise<Ground> {
  const { work } = start
  const resolve = (): Promise<Ground> => resolveStart(context, task, start)
  return work === null ? await resolve() : await withWork(context.git, { key: task.key, work }, resolve)
}

type WantedStart = StartPoint & { readonly testsOnly: boolean }

async function resolveStart(context: RunContext, task: TaskDefinition, start: WantedStart): Promise<Ground> {
  const { git } = context
  const base = start.base ?? start.work?.base ?? (await headOfTarget(context))
  const baseTree = (await git.readCommit(base)).tree
  if (start.work === null) {
    return { base, baseTree, work: null, redTree: baseTree, tree: start.tree ?? baseTree }
  }
  const work =
    start.work.base === base ? start.work : await carryOver(context, task, { work: start.work, base })
  const redTree = (await git.readCommit(work.red)).tree
  if (start.testsOnly) return { base, baseTree, work, redTree, tree: start.tree ?? redTree }
  // Nobody works on what cannot be judged afterwards.
  await frozenTests(context, task, work)
  if (start.tree !== null)
    return {
      base,
      baseTree,
      work,
      redTree,
      tree: await protect(context, task, { redTree, tree: start.tree }),
    }
  const tree = work.green === null ? redTree : (await git.readCommit(work.green)).tree
  return { base, baseTree, work, redTree, tree }
}

export async function headOfTarget(context: RunContext): Promise<CommitId> {
  const head = await context.git.readRef(targetRef(context.target))
  if (head !== null) return head
  throw await targetMissing(context, { id: context.run, target: context.target })
}

/** What changed between two trees, with the class of each path. */
export function classifiedChanges(
  context: RunContext,
  task: TaskDefinition,
  trees: { readonly from: TreeId; readonly to: TreeId },
): Promise<PathChange[]> {
  return changesBetween(context, { ...trees, suites: [...context.suites.values()], task })
}

/** What GREEN or FIX changed in the tree of the tests; what tests lean on counts as theirs. */
export function sourceChanges(
  context: RunContext,
  task: TaskDefinition,
  trees: { readonly redTree: TreeId; readonly to: TreeId },
): Promise<PathChange[]> {
  const suites = [...context.suites.values()]
  return changesSinceTests(context, { ...trees, suite: suiteOf(context, task), suites, task })
}

/**
 * The task's work on another base: its tests and its sources merged where they merge; a path in conflict is as the base
 * has it, for FIX or RED_FIX to settle.
 */
async function carryOver(
  context: RunContext,
  task: TaskDefinition,
  carrying: { readonly work: AcceptedWork; readonly base: CommitId },
): Promise<AcceptedWork> {
  const { work, base } = carrying
  const onto = await descendantOf(context, work.base, base)
  const redTree = await mergedPart(context, onto, work.red)
  const merged = work.green === null ? null : await mergedPart(context, onto, work.green)
  const greenTree = merged === null ? null : await protect(context, task, { redTree, tree: merged })
  const carried = await commitWork(context, task, {
    base,
    redTree,
    greenTree,
    evidence: work.evidence,
    previous: null,
    waivers: work.waivers ?? [],
  })
  await carryFrozenTests(context, work.red, carried.red)
  return carried
}

/**
 * The base, for a merge in which only what was made on `made` comes along: where a person took `made` out of the target,
 * a merge with the base itself would bring it back.
 */
async function descendantOf(context: RunContext, made: CommitId, base: CommitId): Promise<CommitId> {
  const { git } = context
  if (await git.isAncestor(made, base)) return base
  const { tree } = await git.readCommit(base)
  return makeDraft(context, { tree, parents: [made], message: `${base} on ${made}` })
}

async function mergedPart(context: RunContext, base: CommitId, commit: CommitId): Promise<TreeId> {
  const merge = await context.git.mergeTrees(base, commit)
  if (merge.kind === 'clean') return merge.tree
  const from = (await context.git.readCommit(base)).tree
  return graft(context, { base: merge.tree, from, paths: merge.paths })
}

/** Tests and frozen paths as RED left them, all else as in `tree`. */
async function protect(
  context: RunContext,
  task: TaskDefinition,
  trees: { readonly redTree: TreeId; readonly tree: TreeId },
): Promise<TreeId> {
  const changes = await sourceChanges(context, task, { redTree: trees.redTree, to: trees.tree })
  const paths = changes
    .filter(
      ({ path, pathClass }) => pathClass === 'test' || (pathClass === 'frozen' && !isAllowed(path, task)),
    )
    .map(({ path }) => path)
  return paths.length === 0 ? trees.tree : graft(context, { base: trees.tree, from: trees.redTree, paths })
}
