import type { AcceptedWork } from '../domain/attempt.ts'
import type { CommitId, PathChange, TreeId } from '../domain/evidence.ts'
import { judgeGreen } from '../domain/judge-green.ts'
import { judgeRed } from '../domain/judge-red.ts'
import { isAllowed } from '../domain/path-class.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import { namesPath, overlaps } from '../domain/task-path.ts'
import { type Refusal, type Verdict, verdictOf } from '../domain/verdict.ts'
import { withoutSourceWaivers, withoutWaived } from '../domain/waiver.ts'
import { canonicalEvidence } from '../verify/canonical.ts'
import { type RunContext, suiteOf } from './context.ts'
import { freezeTests, frozenTests } from './frozen-tests.ts'
import { type Ground, classifiedChanges, sourceChanges } from './ground.ts'
import { neverRun } from './never-run.ts'
import { verifierOf } from './verifier-for.ts'
import { commitWork, waiversOf } from './work-commits.ts'
import type { RunningStage, StageEnd } from './stage-call.ts'

/** What an agent left, as a tree of the engine's own making. */
interface LeftWork {
  readonly ground: Ground
  readonly tree: TreeId
  readonly claims: Readonly<Record<string, readonly string[]>>
}

/** Gathers the evidence of a stage about a tree, judges it, and commits what is accepted. */
export async function judgeWork(
  context: RunContext,
  running: RunningStage,
  left: LeftWork,
): Promise<Pick<StageEnd, 'outcome' | 'evidence'>> {
  const { stage, dispute } = running.call.step
  const verdict = verdictOf(await neverRun(context, left.ground.baseTree, left.tree))
  if (!verdict.accepted) return refusal(verdict, left.ground.base, left.tree)
  if (stage === 'red' || stage === 'red_fix') {
    if (dispute !== null && left.tree === left.ground.redTree)
      return { outcome: { kind: 'dispute_rejected' }, evidence: null }
    return judgeTests(context, running, left)
  }
  return judgeSources(context, running, left)
}

async function judgeTests(
  context: RunContext,
  running: RunningStage,
  left: LeftWork,
): Promise<Pick<StageEnd, 'outcome' | 'evidence'>> {
  const task = running.call.claim.task.definition
  const suite = suiteOf(context, task)
  const { base, baseTree, work } = left.ground
  const changes = await classifiedChanges(context, task, { from: baseTree, to: left.tree })
  const request = { suite, task, baseTree, redTree: left.tree, changes, claims: left.claims }
  const evidence = await verifierOf(context, running).red(request)
  // What was overruled was another writing of them.
  const waivers = waiversOf(running.call, null)
  const verdict = withoutWaived(judgeRed({ task, suite, evidence }), waivers)
  if (!verdict.accepted) return refusal(verdict, base, left.tree)
  const canonical = canonicalEvidence({ task, suite, red: evidence, full: null, waivers })
  const sources = running.call.step.dispute === null ? (work?.green ?? null) : null
  const greenTree =
    sources === null ? null : await sourcesOver(context, left.tree, { sources, ground: left.ground })
  const accepted = await commitWork(context, task, {
    base,
    redTree: left.tree,
    greenTree,
    evidence: canonical.digest,
    previous: null,
    waivers,
  })
  await freezeTests(context, accepted.red, evidence)
  return { outcome: { kind: 'accepted', work: accepted }, evidence: canonical }
}

/** RED_FIX after a landing return: the new tests, with the sources as they had been carried over. */
async function sourcesOver(
  context: RunContext,
  redTree: TreeId,
  carried: { readonly sources: CommitId; readonly ground: Ground },
): Promise<TreeId> {
  const greenTree = (await context.git.readCommit(carried.sources)).tree
  const sources = await context.git.diff(carried.ground.redTree, greenTree)
  return context.git.compose(redTree, new Map(sources.map(({ path, after }) => [path, after])))
}

async function judgeSources(
  context: RunContext,
  running: RunningStage,
  left: LeftWork,
): Promise<Pick<StageEnd, 'outcome' | 'evidence'>> {
  const task = running.call.claim.task.definition
  const suite = suiteOf(context, task)
  const { base, redTree, work } = left.ground
  const changes = await sourceChanges(context, task, { redTree, to: left.tree })
  const held = await heldByOthers(context, task, changes)
  if (held.length > 0)
    return {
      outcome: { kind: 'refused', refusals: [held[0] as Refusal, ...held.slice(1)], base, tree: left.tree },
      evidence: null,
    }
  const frozen = work === null ? [] : await frozenTests(context, task, work)
  const evidence = await verifierOf(context, running).green({
    suite,
    task,
    redTree,
    greenTree: left.tree,
    frozen,
    changes,
  })
  // Who waived what tools found in the sources did not see those that an agent writes now.
  const waivers =
    running.call.person === undefined
      ? withoutSourceWaivers(work?.waivers ?? [])
      : waiversOf(running.call, work)
  const verdict = withoutWaived(judgeGreen({ task, suite, evidence }), waivers)
  if (!verdict.accepted) return refusal(verdict, base, left.tree)
  const accepted: AcceptedWork = await commitWork(context, task, {
    base,
    redTree,
    greenTree: left.tree,
    evidence: work?.evidence ?? '',
    previous: work,
    waivers,
  })
  return { outcome: { kind: 'accepted', work: accepted }, evidence: null }
}

/** Source files outside the task's own that a running task holds: two agents must not write the same file unseen. */
async function heldByOthers(
  context: RunContext,
  task: TaskDefinition,
  changes: readonly PathChange[],
): Promise<Refusal[]> {
  const undeclared = changes.filter(({ path }) => !namesPath(task, 'sources', path) && !isAllowed(path, task))
  if (undeclared.length === 0) return []
  const others = (await context.store.heldPaths(context.run)).filter((other) => other.task !== task.key)
  return undeclared.flatMap(({ path }) => {
    const holder = others.find(({ entries }) => entries.some((entry) => overlaps(entry, path)))
    if (holder === undefined) return []
    return [
      {
        code: 'wrong_files' as const,
        fact: `${path} was changed, which task ${holder.task} works on now`,
        hint: `Leave ${path} as it is and put the change into the task's own sources.`,
        details: [],
      },
    ]
  })
}

function refusal(
  verdict: Extract<Verdict, { accepted: false }>,
  base: CommitId,
  tree: TreeId,
): Pick<StageEnd, 'outcome' | 'evidence'> {
  return { outcome: { kind: 'refused', refusals: verdict.refusals, base, tree }, evidence: null }
}
