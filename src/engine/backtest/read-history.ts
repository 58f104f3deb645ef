import type { Suite } from '../../domain/suite.ts'
import { OrchestratorError } from '../../errors.ts'
import { shallowBoundary } from '../../git/shallow.ts'
import type { Bench } from '../open.ts'
import { suitesAt } from '../survey.ts'
import type { HistoryCommit } from './history.ts'

/** Commits of a first-parent history, oldest first, with the commit that they begin on. */
interface History {
  readonly base: string
  readonly to: string
  readonly commits: readonly HistoryCommit[]
}

export interface HistoryRange {
  /** Excluded; null for the beginning of the history. */
  readonly from: string | null
  readonly to: string
  /** Only so many commits, the latest ones. */
  readonly limit: number | null
}

/** The commits along first parents, each as the difference to its first parent. Errors: `revision_unknown`, `usage`, `nothing_to_check`. */
export async function readHistory(bench: Bench, options: HistoryRange): Promise<History> {
  const { git } = bench.workshop
  const resolved = async (revision: string): Promise<string> => {
    const commit = await git.resolve(revision)
    if (commit !== null) return commit
    throw new OrchestratorError('revision_unknown', `${JSON.stringify(revision)} names no commit here`, {
      hint: 'Name a branch, a tag or a commit id; git log shows them. A shallow clone lacks older ones: git fetch --unshallow',
    })
  }
  const to = await resolved(options.to)
  const from = options.from === null ? null : await resolved(options.from)
  if (from !== null && !(await git.isAncestor(from, to))) {
    throw new OrchestratorError('usage', `${options.from} is no ancestor of ${options.to}`, {
      hint: 'Name the older revision with --from and the newer one with --to.',
    })
  }
  const ids = await git.firstParents(from, to, options.limit ?? COMMITS_LIMIT)
  const facts = await Promise.all(ids.map((id) => git.readCommit(id)))
  const boundary = await shallowBoundary(git.repository)
  // The first commit of all has no parent to start from, nor has the one at which a shallow clone ends.
  const [oldest, ...others] = facts
  const isFirst = oldest?.parents[0] === undefined || boundary.has(oldest.id)
  const kept = isFirst ? others : facts
  const base = kept[0]?.parents[0]
  if (base === undefined) throw nothingToReplay(boundary.size > 0)
  const commits: HistoryCommit[] = []
  let before = (await git.readCommit(base)).tree
  for (const { id, tree, message } of kept) {
    commits.push({ id, subject: message.split('\n', 1)[0] ?? '', tree, diff: await git.diff(before, tree) })
    before = tree
  }
  return { base, to, commits }
}

function nothingToReplay(isShallow: boolean): OrchestratorError {
  return isShallow
    ? new OrchestratorError('nothing_to_check', 'the clone is shallow and ends before any commit to replay', {
        hint: 'Get the history first: git fetch --unshallow',
      })
    : new OrchestratorError('nothing_to_check', 'there is no commit to replay in that range', {
        hint: 'Give a range with commits in it, for example --from HEAD~20 --to HEAD.',
      })
}

const COMMITS_LIMIT = 100_000

/** Suites that a person wrote down, in a file of their own or in the configuration; else those found at the end or the beginning. */
export async function chooseSuites(
  bench: Bench,
  written: ((detected: readonly Suite[]) => readonly Suite[]) | null,
  history: History,
): Promise<readonly Suite[]> {
  if (written === null && bench.loaded.config.suites.length > 0) return bench.suites
  const atEnd = await suitesAt(bench.workshop, history.to)
  const detected = atEnd.length > 0 ? atEnd : await suitesAt(bench.workshop, history.base)
  const suites = written === null ? detected : written(detected)
  if (suites.length > 0) return suites
  throw new OrchestratorError('suite_unknown', 'no test suite is configured, and none was found', {
    hint: 'Describe the suites with --config FILE (the `project` part of a plan file).',
  })
}
