import type { AcceptedWork } from '../domain/attempt.ts'
import type { CommitId } from '../domain/evidence.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { RunContext } from './context.ts'

/** Commits of the target that are looked at, newest first; beyond them its head is named. */
const MAX_COMMITS = 1_000

/**
 * The same refusal, with the commit of the target that made the task's tests pass without its sources: the latest since
 * the task's base that touched a path which the task touches, or else the head itself.
 */
export async function nameCommit(
  context: RunContext,
  landing: { readonly work: AcceptedWork; readonly head: CommitId },
  refusal: Refusal,
): Promise<Refusal> {
  const { work, head } = landing
  const commit = (await lastTouching(context, work, head)) ?? head
  const { message } = await context.git.readCommit(commit)
  const title = message.split('\n', 1)[0] ?? ''
  return { ...refusal, fact: `${refusal.fact}: ${commit} (${title}) on ${context.target} does it already` }
}

async function lastTouching(
  { git }: RunContext,
  work: AcceptedWork,
  head: CommitId,
): Promise<CommitId | null> {
  const treeOf = async (commit: CommitId): Promise<string> => (await git.readCommit(commit)).tree
  const mine = new Set(
    (await git.diff(await treeOf(work.red), await treeOf(work.green ?? work.red))).map(({ path }) => path),
  )
  for (const commit of (await git.firstParents(work.base, head, MAX_COMMITS)).toReversed()) {
    const { tree, parents } = await git.readCommit(commit)
    const [parent] = parents
    if (parent === undefined) return null
    if ((await git.diff(await treeOf(parent), tree)).some(({ path }) => mine.has(path))) return commit
  }
  return null
}
