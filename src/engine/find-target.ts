import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Git } from '../git/git.ts'
import { targetRef } from './context.ts'
import { otherMeaning, requireOneMeaning } from './one-meaning.ts'
import { requireFreeName, requireRoomForLandings } from './require-free-name.ts'
import { requireTarget } from './require-target.ts'

export interface AskedTarget {
  /** What the run lands on already; null before it began. */
  readonly recorded: string | null
  /** The title of the plan. */
  readonly title: string
  /** Short branch name; null for the run's own, `tdd/<plan>`. */
  readonly asked: string | null
  /** Whether it was asked on the command line. */
  readonly byFlag: boolean
  /** Whether each landing leaves a branch of its own. Default false. */
  readonly branches?: boolean
}

interface FoundTarget {
  /** Short name. */
  readonly branch: string
  /** Where it is; null where it has to be made, which nothing stands in the way of. */
  readonly head: CommitId | null
}

type LooksAtTargets = Pick<Git, 'readRef' | 'checkedOut' | 'inTheWay'> & {
  readonly repository: Pick<Git['repository'], 'gitDir'>
}

/** The branch that a run would land on. Changes nothing. Throws `usage`, `target_checked_out`, `target_blocked`. */
export async function findTarget(
  git: LooksAtTargets,
  { recorded, title, asked, byFlag, branches = false }: AskedTarget,
): Promise<FoundTarget> {
  const branch = recorded ?? asked ?? (await freeTarget(git, title))
  await requireTarget({
    recorded,
    asked: recorded === null ? branch : asked,
    byFlag,
    checkedOut: (wanted) => git.checkedOut(wanted),
    gitDir: git.repository.gitDir,
  })
  if (branches) await requireRoomForLandings(git, branch)
  if (recorded === null) await requireOneMeaning(git, branch)
  const head = await git.readRef(targetRef(branch))
  if (head === null) await requireFreeName(git, { branch, isRecorded: recorded !== null })
  return { branch, head }
}

/** `tdd/<plan>`, or the first of `tdd/<plan>-2`, `-3` … that does not exist. */
async function freeTarget(git: Pick<Git, 'readRef'>, title: string): Promise<string> {
  const name = `tdd/${slug(title)}`
  for (let number = 1; number < 1_000; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`
    const isFree = (await git.readRef(targetRef(candidate))) === null
    if (isFree && (await otherMeaning(git, candidate)) === null) return candidate
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
