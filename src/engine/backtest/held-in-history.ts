import type { Suite } from '../../domain/suite.ts'
import { changesOf, helpersAmong } from '../changes.ts'
import type { Workshop } from '../context.ts'
import { suiteTask } from '../suite-task.ts'
import { type HistoryCommit, suiteOf } from './history.ts'

/** For each commit that is a task, the helpers of its tests that it changes and no suite claims: they belong to its tests. */
export async function heldInHistory(
  workshop: Workshop,
  commits: readonly HistoryCommit[],
  suites: readonly Suite[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const held = new Map<string, ReadonlySet<string>>()
  for (const commit of commits) {
    const suite = suiteOf(commit, suites)
    if (suite === null) continue
    const task = suiteTask(suite)
    const changes = changesOf(commit.diff, { suites, task })
    const found = await helpersAmong(workshop, { tree: commit.tree, suite, suites, task, changes })
    if (found.length > 0) held.set(commit.id, new Set(found))
  }
  return held
}
