import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Run } from '../store/store.ts'
import type { World } from './context.ts'
import { type AskedTarget, findTarget } from './find-target.ts'
import { requireCommits } from './require-commits.ts'
import { targetMissing } from './way-to-target.ts'

export interface SettledTarget {
  /** Short name. */
  readonly branch: string
  readonly base: CommitId
  /** Where the branch is; null where it has to be made, at `base`. */
  readonly head: CommitId | null
}

interface Asked extends Omit<AskedTarget, 'recorded'> {
  /** The run that goes on; null for one that is still to be made. */
  readonly run: Pick<Run, 'id' | 'target' | 'base'> | null
}

/** The branch that work lands on: made from HEAD when the run starts, never one that somebody has checked out. Changes nothing. */
export async function settleTarget(
  { git, store }: Pick<World, 'git' | 'store'>,
  { run, ...asked }: Asked,
): Promise<SettledTarget> {
  const { branch, head } = await findTarget(git, { ...asked, recorded: run?.target ?? null })
  if (run !== null) await requireCommits({ git, store }, run, head)
  const begun = run?.base ?? null
  if (head !== null) return { branch, base: begun ?? head, head }
  if (run !== null && begun !== null && (await store.landed(run.id)).length > 0) {
    throw await targetMissing({ git, store }, { id: run.id, target: branch })
  }
  const base = begun ?? (await git.resolve('HEAD'))
  if (base === null)
    throw new OrchestratorError('repository_unsupported', 'HEAD names no commit', {
      hint: 'Make a first commit.',
    })
  return { branch, base, head: null }
}
