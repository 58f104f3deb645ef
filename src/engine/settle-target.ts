import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Run } from '../store/store.ts'
import { type World, targetRef } from './context.ts'
import { requireTarget } from './require-target.ts'
import { targetMissing } from './way-to-target.ts'

export interface SettledTarget {
  /** Short name. */
  readonly branch: string
  readonly base: CommitId
  /** Where the branch is; null where it has to be made, at `base`. */
  readonly head: CommitId | null
}

interface Asked {
  /** The run that goes on; null for one that is still to be made. */
  readonly run: Pick<Run, 'id' | 'target' | 'base'> | null
  readonly title: string
  /** Short branch name; null for the run's own, `tdd/<plan>`. */
  readonly asked: string | null
  /** Whether it was asked on the command line. */
  readonly byFlag: boolean
}

/** The branch that work lands on: made from HEAD when the run starts, never one that somebody has checked out. Changes nothing. */
export async function settleTarget(
  { git, store }: Pick<World, 'git' | 'store'>,
  { run, title, asked, byFlag }: Asked,
): Promise<SettledTarget> {
  const recorded = run?.target ?? null
  const branch = recorded ?? asked ?? (await freeTarget(git, title))
  await requireTarget({
    recorded,
    asked: recorded === null ? branch : asked,
    byFlag,
    checkedOut: (wanted) => git.checkedOut(wanted),
    gitDir: git.repository.gitDir,
  })
  const head = await git.readRef(targetRef(branch))
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

/** `tdd/<plan>`, or the first of `tdd/<plan>-2`, `-3` … that does not exist. */
async function freeTarget(git: World['git'], title: string): Promise<string> {
  const name = `tdd/${slug(title)}`
  for (let number = 1; number < 1_000; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if ((await git.readRef(targetRef(candidate))) === null) return candidate
  }
  throw new OrchestratorError('usage', `${name} and 998 numbered branches exist already`, {
    hint: 'Name the target with --target.',
  })
}

function slug(title: string): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50)
    .replaceAll(/-+$/g, '')
  return words === '' ? 'plan' : words
}
