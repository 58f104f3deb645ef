import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { isBranchName, isRefName } from '../domain/branch-name.ts'
import { listWorkTrees } from './discover.ts'
import { type GitAnswer, type GitCommand, gitFailed } from './git-command.ts'
import { showNowhere } from './heads-on-disk.ts'
import type { ObjectReader } from './object-reader.ts'
import { hasCode } from '../runtime/has-code.ts'

/** The refs of the person's repository. Nothing else of it is ever written but objects. */
export interface Refs {
  /** What a full ref name stands for, whatever the kind of object, or null. */
  read(ref: string): Promise<string | null>
  /** Runs one transaction. The answer says nothing certain when it failed: read the refs again. */
  transact(changes: readonly RefChange[], reason: RefReason): Promise<GitAnswer>
  /**
   * Repeats `attempt` while it returns null, with growing pauses, a bounded number of times;
   * then fails and names the lock files that are in the way.
   */
  persist<Result>(refs: readonly string[], attempt: () => Promise<Result | RefusedChange>): Promise<Result>
  checkedOut(branch: string): Promise<string[]>
}

/** Why refs change, for reflogs. Landings and notes come again and again, so git is started ahead of them. */
type RefReason = 'branch' | 'fence' | 'landing' | 'note'

export type RefChange =
  | { readonly kind: 'verify'; readonly ref: string; readonly at: string }
  /** `from` null: must not exist; undefined: whatever it is now. */
  | { readonly kind: 'update'; readonly ref: string; readonly to: string; readonly from?: string | null }

/** A change that git refused although nothing that we read speaks against it. */
export class RefusedChange {
  readonly stderr: string

  constructor(stderr: string) {
    this.stderr = stderr
  }
}

interface RefsOptions {
  readonly git: GitCommand
  /** The common git directory of the person's repository. */
  readonly gitDir: string
  /** Reads the person's own object database and refs. */
  readonly reader: ObjectReader
  readonly clock: Clock
}

/** What others conclude from a ref (a receipt, a lease) must not outlive it when power fails. */
const SYNCED = ['core.fsync=reference', 'core.fsyncMethod=fsync']
const MAX_ATTEMPTS = 10
/** Refusals without a rival and without a lock file: there is another reason, and it stays. */
const MAX_UNEXPLAINED = 3
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 250

export function openRefs(options: RefsOptions): Refs {
  const { git, gitDir, reader } = options
  return {
    read: async (ref) => (isRefName(ref) ? ((await reader.find(ref))?.id ?? null) : null),
    transact: (changes, reason) =>
      git.run({
        args: ['update-ref', '-m', `tdd-orchestrator: ${reason}`, '--stdin', '-z'],
        settings: SYNCED,
        gitDir,
        stdin: transactionText(changes),
        ...(reason === 'landing' || reason === 'note' ? { ahead: 1 } : {}),
        answers: [0, 1, 128],
      }),
    persist: (refs, attempt) => persist(options, refs, attempt),
    checkedOut: (branch) => checkedOut(git, gitDir, branch),
  }
}

export function requireBranchName(name: string): string {
  if (isBranchName(name)) return `refs/heads/${name}`
  throw new OrchestratorError('usage', `${JSON.stringify(name)} is not a name for a branch`, {
    hint: 'See "git help check-ref-format" for the rules.',
  })
}

/** Creates a branch unless it exists, wherever it points then. */
export async function createBranch(refs: Refs, branch: string, at: CommitId): Promise<'created' | 'exists'> {
  const ref = requireBranchName(branch)
  return await refs.persist([ref], async () => {
    if ((await refs.read(ref)) !== null) return 'exists'
    const answer = await refs.transact([{ kind: 'update', ref, to: at, from: null }], 'branch')
    return answer.code === 0 ? 'created' : new RefusedChange(answer.stderr)
  })
}

function transactionText(changes: readonly RefChange[]): string {
  const lines = changes.map((change) => {
    if (change.kind === 'verify') return `verify ${change.ref}\0${change.at}\0`
    if (change.from === null) return `create ${change.ref}\0${change.to}\0`
    return `update ${change.ref}\0${change.to}\0${change.from ?? ''}\0`
  })
  return ['start\0', ...lines, 'prepare\0', 'commit\0'].join('')
}

async function persist<Result>(
  options: RefsOptions,
  refs: readonly string[],
  attempt: () => Promise<Result | RefusedChange>,
): Promise<Result> {
  const look = async (): Promise<string> =>
    (await Promise.all(refs.map(async (ref) => (await options.reader.find(ref))?.id ?? ''))).join(' ')
  let stderr = ''
  let locks: string[] = []
  for (let count = 0, unexplained = 0; count < MAX_ATTEMPTS && unexplained < MAX_UNEXPLAINED; count += 1) {
    if (count > 0) await options.clock.sleep(pauseMs(count, options.clock))
    const before = await look()
    const result = await attempt()
    if (!(result instanceof RefusedChange)) return result
    stderr = result.stderr
    locks = await lockFiles(options.gitDir, refs)
    if (locks.length === 0 && before === (await look())) unexplained += 1
  }
  if (locks.length === 0) throw gitFailed(`git refuses to change ${refs.join(', ')}`, stderr)
  throw new OrchestratorError(
    'git_failed',
    `${refs.join(', ')} cannot be changed while ${locks.join(', ')} exists`,
    {
      hint: 'Another git command holds it, or was killed and left it behind. When no git command runs there, delete the file.',
    },
  )
}

/** Doubles from one attempt to the next; half of it is left to chance, so that two writers do not stay in lockstep. */
function pauseMs(count: number, clock: Clock): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS) * (0.5 + clock.random())
}

async function lockFiles(gitDir: string, refs: readonly string[]): Promise<string[]> {
  const candidates = [...refs.map((ref) => `${ref}.lock`), 'packed-refs.lock'].map((name) =>
    join(gitDir, name),
  )
  const there = await Promise.all(candidates.map(async (path) => (await textOf(path)) !== null))
  return candidates.filter((_, at) => there[at] === true)
}

/** The work trees in which a branch is checked out, or in use by what git has under way there. */
export async function checkedOut(git: GitCommand, gitDir: string, branch: string): Promise<string[]> {
  const ref = requireBranchName(branch)
  const [isNowhere, busy] = await Promise.all([showNowhere(gitDir, ref), busyRefs(gitDir)])
  if (isNowhere && !busy.some((one) => one.ref === ref)) return []
  const [workTrees, link] = await Promise.all([
    listWorkTrees(git, gitDir),
    git.run({ args: ['symbolic-ref', '--quiet', ref], gitDir, answers: [0, 1, 128] }),
  ])
  const names = new Set([ref, link.stdout.toString('utf8').trim()])
  const listed = workTrees
    .filter(({ branch }) => branch !== null && names.has(branch))
    .map(({ path }) => path)
  const main = workTrees[0]?.path ?? gitDir
  const inUse = busy.filter(({ ref }) => names.has(ref)).map(({ path }) => path ?? main)
  return [...new Set([...listed, ...inUse])]
}

/** Branches that a rebase or a bisection has taken off HEAD and will put back. `path` null: the main work tree. */
async function busyRefs(gitDir: string): Promise<{ ref: string; path: string | null }[]> {
  const linked = join(gitDir, 'worktrees')
  const names = await namesIn(linked)
  const places = [
    { directory: gitDir, path: null },
    ...(await Promise.all(
      names.map(async (name) => {
        const directory = join(linked, name)
        const dotGit = (await textOf(join(directory, 'gitdir')))?.trim() ?? directory
        return { directory, path: dotGit.replace(/\/\.git$/, '') }
      }),
    )),
  ]
  const found = places.map(async ({ directory, path }) => {
    const there = new Set(await namesIn(directory))
    const files = BUSY_FILES.filter((name) => there.has(name.replace(/\/.*/, '')))
    const texts = await Promise.all(files.map((name) => textOf(join(directory, name))))
    const lines = texts.flatMap((text) => text?.split('\n') ?? [])
    return lines.flatMap((line) => busyRef(line.trim())).map((ref) => ({ ref, path }))
  })
  return (await Promise.all(found)).flat()
}

const BUSY_FILES = [
  'rebase-merge/head-name',
  'rebase-apply/head-name',
  'rebase-merge/update-refs',
  'BISECT_START',
]

/** A line is a full ref name, or the short one that a bisection writes; ids and `detached HEAD` are no branch. */
function busyRef(line: string): string[] {
  if (line.startsWith('refs/heads/')) return [line]
  return isBranchName(line) ? [`refs/heads/${line}`] : []
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (reason) {
    if (!hasCode(reason, 'ENOENT', 'ENOTDIR')) throw reason
    // There is no such directory as long as no work tree was linked, or it was taken away meanwhile.
    return []
  }
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (reason) {
    if (!hasCode(reason, 'ENOENT', 'ENOTDIR')) throw reason
    // Not there, or gone since it was listed: both mean that nothing is going on.
    return null
  }
}
