import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'
import type { Git } from '../git/git.ts'

interface WantedBranch {
  readonly branch: string
  /** Whether the run has it already: then another cannot be named. */
  readonly isRecorded: boolean
}

/** Holds that a target which is not there can be made. Throws `target_blocked`. */
export async function requireFreeName(git: Pick<Git, 'inTheWay'>, wanted: WantedBranch): Promise<void> {
  const blocking = await git.inTheWay(wanted.branch)
  if (blocking !== null) throw besideBranch(wanted, blocking)
}

function besideBranch({ branch, isRecorded }: WantedBranch, blocking: string): OrchestratorError {
  const elsewhere = isRecorded
    ? 'Start another run elsewhere: orchestrator run --new --target BRANCH'
    : ANOTHER_TARGET
  return blocked(`the target ${branch} cannot be made beside the branch ${blocking}`, [
    elsewhere,
    renaming(blocking),
  ])
}

/** Why a target cannot be made any more that could be when the run began to get ready: `target_blocked`. Null where it can. */
export async function whyTaken(
  git: Pick<Git, 'readRef' | 'inTheWay'>,
  branch: string,
): Promise<OrchestratorError | null> {
  if (await isBranch(git, branch)) return madeMeanwhile(branch, { isRecorded: false })
  const blocking = await git.inTheWay(branch)
  return blocking === null ? null : besideBranch({ branch, isRecorded: false }, blocking)
}

/** `isRecorded`: the run has it as its target by now. */
export function madeMeanwhile(
  branch: string,
  { isRecorded }: { readonly isRecorded: boolean },
): OrchestratorError {
  return new OrchestratorError('target_blocked', `the branch ${branch} was made while this run got ready`, {
    hint: isRecorded
      ? 'It is left as it is. To land on it, enter the same command again; to land on another one: orchestrator run --new'
      : 'It is left as it is. Enter the same command again.',
  })
}

/** Holds that runs can make targets of their own, `tdd/<plan>`. Throws `target_blocked`. */
export async function requireRoomForTargets(git: Pick<Git, 'readRef'>): Promise<void> {
  if (!(await isBranch(git, FOLDER))) return
  throw blocked(`the targets of runs, ${FOLDER}/<plan>, cannot be made beside the branch ${FOLDER}`, [
    ANOTHER_TARGET,
    renaming(FOLDER),
  ])
}

/** Holds that landings on a target can leave branches of their own. Throws `target_blocked`. */
export async function requireRoomForLandings(git: Pick<Git, 'readRef'>, target: string): Promise<void> {
  if (target !== FOLDER && !(await isBranch(git, FOLDER))) return
  throw blocked(`the branches ${FOLDER}/<run>/<task> cannot be made beside the branch ${FOLDER}`, [
    'Leave none: --single-branch',
    target === FOLDER ? 'Or land elsewhere: --target BRANCH' : renaming(FOLDER),
  ])
}

/** Where branches of runs go that are not named. */
const FOLDER = 'tdd'
export const ANOTHER_TARGET =
  'Name another target: orchestrator run --target BRANCH (also TDD_TARGET, or git.target in .tdd/config.toml)'

async function isBranch(git: Pick<Git, 'readRef'>, branch: string): Promise<boolean> {
  return (await git.readRef(`refs/heads/${branch}`)) !== null
}

function renaming(branch: string): string {
  return `Or rename the branch that is there: git branch -m ${shellWord(branch)} NEW-NAME`
}

function blocked(what: string, ways: readonly [string, string]): OrchestratorError {
  return new OrchestratorError('target_blocked', what, {
    hint: `Git keeps no branch both as a name and as a folder of names. ${ways.join('. ')}`,
  })
}
