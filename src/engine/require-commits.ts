import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { World } from './context.ts'

/**
 * Holds that the repository has what a run began from, and what of it landed where its target is gone. Where another
 * repository was made at the same place, it has neither. Throws `repository_other`.
 */
export async function requireCommits(
  { git, store }: Pick<World, 'git' | 'store'>,
  run: { readonly id: string; readonly target: string | null; readonly base: CommitId | null },
  head: CommitId | null,
): Promise<void> {
  if (run.base === null) return
  const landed = head === null ? (await store.landed(run.id)).at(-1) : undefined
  const missing = [
    { commit: run.base, what: 'from which it began' },
    ...(landed === undefined ? [] : [{ commit: landed.merge, what: `which landed on ${run.target}` }]),
  ]
  for (const { commit, what } of missing) {
    if (await git.holds(commit)) continue
    throw new OrchestratorError(
      'repository_other',
      `the repository at ${git.repository.root} has no commit ${commit}, ${what} (run ${run.id})`,
      {
        hint: 'It may be another repository than the run began in: one that was made, or cloned, anew at the same place. To work the same plan here from the beginning: orchestrator run --new. For another plan: orchestrator ingest --new plan.json. Where it is the same repository, fetch what it lacks, and the run goes on.',
      },
    )
  }
}
