import { onTestFinished } from 'vitest'
import type { Git } from '../../src/git/git.ts'
import { openTrees, type OpenTreesOptions } from '../../src/git/open-trees.ts'
import type { AgentTree, TreeLimits, Trees } from '../../src/git/trees.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { openTempGit } from './open-temp-git.ts'
import type { TempRepo } from './temp-repo.ts'

export const ROOMY: TreeLimits = { files: 10_000, bytes: 100_000_000 }

/** Opens the slots of a repository; closed when the test ends. */
export async function openTempTrees(
  repo: TempRepo,
  options: Partial<OpenTreesOptions> = {},
): Promise<{ git: Git; trees: Trees }> {
  const git = await openTempGit(repo)
  const trees = await openTrees({
    git,
    exec: createExec({ ownerId: 'test' }),
    stateDirectory: repo.state,
    clock: systemClock,
    env: repo.env,
    ...options,
  })
  onTestFinished(() => trees.close())
  return { git, trees }
}

/** Lends one task its slot again and again; what was lent before is given back first. */
export function oneAfterTheOther(
  trees: Trees,
  task = 'A',
): (tree: string, base?: string | null) => Promise<AgentTree> {
  let last: AgentTree | null = null
  return async (tree, base = null) => {
    await last?.[Symbol.asyncDispose]()
    last = await trees.agentTree({ task, tree, base })
    return last
  }
}

/** The tree of a revision. */
export async function treeOf(git: Git, revision = 'HEAD'): Promise<string> {
  const commit = await git.resolve(revision)
  if (commit === null) throw new Error(`${revision} names no commit`)
  return (await git.readCommit(commit)).tree
}
