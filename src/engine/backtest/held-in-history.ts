import type { Suite } from '../../domain/suite.ts'
import { changesOf, helpersAmong } from '../changes.ts'
import type { Workshop } from '../context.ts'
import { suiteTask } from '../suite-task.ts'
import { type HistoryCommit, suiteOf } from './history.ts'
import { stoppedBeforeEnd } from './stopped-before-end.ts'

/** A walk that took so long is told once. */
const LONG_MS = 3_000

/** For each commit that is a task, the helpers of its tests that it changes and no suite claims: they belong to its tests. */
export async function heldInHistory(
  workshop: Workshop,
  history: { readonly commits: readonly HistoryCommit[]; readonly suites: readonly Suite[] },
  watch: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { commits, suites } = history
  const { clock } = workshop
  const held = new Map<string, ReadonlySet<string>>()
  const from = clock.monotonic()
  let isTold = false
  for (const [index, commit] of commits.entries()) {
    if (watch.signal.aborted) throw stoppedBeforeEnd()
    if (!isTold && clock.monotonic() - from > LONG_MS) {
      watch.tell(`[${index}/${commits.length}] reading what the tests of each commit lean on`)
      isTold = true
    }
    const suite = suiteOf(commit, suites)
    if (suite === null) continue
    const task = suiteTask(suite)
    const changes = changesOf(commit.diff, { suites, task })
    const found = await helpersAmong(workshop, { tree: commit.tree, suite, suites, task, changes })
    if (found.length > 0) held.set(commit.id, new Set(found))
  }
  return held
}
