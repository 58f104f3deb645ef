import type { AcceptedWork } from '../domain/attempt.ts'
import { type MessageFacts, commitMessage } from '../domain/commit-message.ts'
import type { CommitId, TreeId } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import { type Waiver, withWaivers } from '../domain/waiver.ts'
import { makeDraft, signDraft } from './commit-settings.ts'
import type { RunContext } from './context.ts'
import type { StageCall } from './stage-call.ts'

/** Commits a task's tests and sources on a base. Equal trees make no empty commit: the parent stands for them. */
export async function commitWork(
  context: RunContext,
  task: TaskDefinition,
  parts: {
    readonly base: CommitId
    readonly redTree: TreeId
    readonly greenTree: TreeId | null
    readonly evidence: string
    /** What was accepted before: a part that did not change keeps its commit. */
    readonly previous: AcceptedWork | null
    /** What a person overruled; kept with the work until its tests are written again. */
    readonly waivers: readonly Waiver[]
  },
): Promise<AcceptedWork> {
  const work = await commitParts(context, task, parts)
  return parts.waivers.length === 0 ? work : { ...work, waivers: parts.waivers }
}

/** What a person overruled so far, and with the stage that is judged now. */
export function waiversOf({ person }: StageCall, work: AcceptedWork | null): readonly Waiver[] {
  return withWaivers(work?.waivers ?? [], person?.waivers ?? [])
}

async function commitParts(
  context: RunContext,
  task: TaskDefinition,
  parts: Omit<Parameters<typeof commitWork>[2], 'waivers'>,
): Promise<AcceptedWork> {
  const { base, redTree, greenTree, evidence, previous } = parts
  const kept = previous !== null && previous.base === base ? previous : null
  const red =
    (await unchanged(context, kept?.red ?? null, redTree)) ??
    (await commitPart(context, task, { parent: base, tree: redTree, kind: 'test' }))
  if (red === kept?.red && kept.green !== null && greenTree !== null) {
    const green = await unchanged(context, kept.green, greenTree)
    if (green !== null) return { base, red, green, evidence }
  }
  const green =
    greenTree === null
      ? null
      : await commitPart(context, task, { parent: red, tree: greenTree, kind: 'source' })
  return { base, red, green, evidence }
}

async function unchanged(
  context: RunContext,
  commit: CommitId | null,
  tree: TreeId,
): Promise<CommitId | null> {
  return commit !== null && (await context.git.readCommit(commit)).tree === tree ? commit : null
}

async function commitPart(
  context: RunContext,
  task: TaskDefinition,
  part: { readonly parent: CommitId; readonly tree: TreeId; readonly kind: 'test' | 'source' },
): Promise<CommitId> {
  const parent = await context.git.readCommit(part.parent)
  if (parent.tree === part.tree) return part.parent
  const agent = context.agent.name
  const trailers = [`TDD-Task: ${task.key}`, `Co-authored-by: ${agent} <${agent}@agent.invalid>`]
  const message = commitMessage(context.commits.messages[part.kind], factsOf(context, task), trailers)
  return makeDraft(context, { tree: part.tree, parents: [part.parent], message })
}

/** The commits of accepted work as they land. Trees and messages stay; a part that its parent stands for stays so. */
export async function signWork<
  Work extends { readonly base: CommitId; readonly red: CommitId; readonly green: CommitId },
>(context: RunContext, work: Work): Promise<Work> {
  const red = work.red === work.base ? work.red : await signDraft(context, work.red, work.base)
  const green = work.green === work.red ? red : await signDraft(context, work.green, red)
  return { ...work, red, green }
}

/**
 * The message of a landing's merge commit, with the trailers by which it is found again. A task without tests of its own
 * proves nothing: `TDD-Unproven` names its kind.
 */
export function mergeMessage(
  context: RunContext,
  task: TaskDefinition,
  work: { readonly red: CommitId; readonly green: CommitId; readonly evidence: string },
): string {
  const unproven = task.kind === 'scaffold' || task.kind === 'maintenance'
  return commitMessage(context.commits.messages.merge, factsOf(context, task), [
    `TDD-Task: ${task.key}`,
    `TDD-Red: ${work.red}`,
    `TDD-Green: ${work.green}`,
    `TDD-Evidence: ${work.evidence}`,
    ...(unproven ? [`TDD-Unproven: ${task.kind}`] : []),
  ])
}

function factsOf(context: RunContext, { key, title, goal, kind }: TaskDefinition): MessageFacts {
  return { task: key, title, goal, kind, agent: context.agent.name, run: context.run }
}
