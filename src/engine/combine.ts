import type { CommitId, TreeId } from '../domain/evidence.ts'
import type { RunContext } from './context.ts'

/** A task's work on another head: with its tests alone, and with all of it. */
type Combination =
  | { readonly kind: 'combined'; readonly testsTree: TreeId; readonly tree: TreeId }
  | { readonly kind: 'conflict'; readonly in: 'tests' | 'sources'; readonly paths: readonly string[] }

/** Merges a task's commits into a head; in a replay of history sets the paths of the commit instead. */
export async function combine(
  context: RunContext,
  parts: {
    readonly task: string
    readonly head: CommitId
    readonly red: CommitId
    readonly green: CommitId
  },
): Promise<Combination> {
  const { git, replay } = context
  const { head } = parts
  if (replay !== null) {
    const headTree = (await git.readCommit(head)).tree
    const { tests, all } = replay.changes(parts.task)
    const [testsTree, tree] = [await git.compose(headTree, tests), await git.compose(headTree, all)]
    return { kind: 'combined', testsTree, tree }
  }
  const tests = await git.mergeTrees(head, parts.red)
  if (tests.kind === 'conflict') return { kind: 'conflict', in: 'tests', paths: tests.paths }
  const merged = await git.mergeTrees(head, parts.green)
  if (merged.kind === 'conflict') return { kind: 'conflict', in: 'sources', paths: merged.paths }
  return { kind: 'combined', testsTree: tests.tree, tree: merged.tree }
}
