import type { AcceptedWork } from '../domain/attempt.ts'
import type { CommitId, TreeId } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { RunContext } from './context.ts'

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
  },
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
      : await commitPart(context, task, { parent: red, tree: greenTree, kind: 'feat' })
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
  part: { readonly parent: CommitId; readonly tree: TreeId; readonly kind: 'test' | 'feat' },
): Promise<CommitId> {
  const parent = await context.git.readCommit(part.parent)
  if (parent.tree === part.tree) return part.parent
  return context.git.commit({
    tree: part.tree,
    parents: [part.parent],
    message: partMessage(task, part.kind, context.agent.name),
    author: context.author,
    committer: context.author,
    at: context.clock.now(),
  })
}

function partMessage(task: TaskDefinition, kind: 'test' | 'feat', agent: string): string {
  const subject = `${kind}(${task.key}): ${oneLine(task.title)}`
  return `${subject}\n\nTDD-Task: ${task.key}\nCo-authored-by: ${agent} <${agent}@agent.invalid>\n`
}

/**
 * The message of a landing's merge commit, with the trailers by which it is found again. A task without tests of its own
 * proves nothing: `TDD-Unproven` names its kind.
 */
export function mergeMessage(
  task: TaskDefinition,
  work: { readonly red: CommitId; readonly green: CommitId; readonly evidence: string },
): string {
  const unproven = task.kind === 'scaffold' || task.kind === 'maintenance'
  const proof = unproven ? `TDD-Unproven: ${task.kind}\n` : ''
  return (
    `${task.key}: ${oneLine(task.title)}\n\n${task.goal.trim() === '' ? '' : `${task.goal.trim()}\n\n`}` +
    `TDD-Task: ${task.key}\nTDD-Red: ${work.red}\nTDD-Green: ${work.green}\nTDD-Evidence: ${work.evidence}\n${proof}`
  )
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 100)
}
