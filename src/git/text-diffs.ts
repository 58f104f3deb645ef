import type { TreeId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { GitCommand } from './git-command.ts'
import { privateGitDir } from './private-repository.ts'

interface TreePair {
  readonly from: TreeId
  readonly to: TreeId
}

/** More in one process would only hold more of their output at once. */
const AT_ONCE = 25
const BYTES_AT_ONCE = 8 * 1024 * 1024
const BYTES_ALONE = 1024 * 1024

/** A diff, or why it cannot be had. */
export type FoundDiff = { readonly text: string } | { readonly missing: 'gone' | 'too_large' }

/**
 * Many pairs of trees (or of commits, which stand for theirs) of the private repository as unified diffs, by few
 * processes. Each is handed over as it comes; one that answers `false` wants no more.
 */
export async function textDiffs(
  git: GitCommand,
  request: { readonly stateDirectory: string; readonly pairs: readonly TreePair[] },
  take: (index: number, diff: FoundDiff) => boolean,
): Promise<void> {
  const gitDir = privateGitDir(request.stateDirectory)
  const pairs = await asTrees(git, gitDir, request.pairs)
  const known = pairs.flatMap((pair, index) => (pair === null ? [] : [{ ...pair, index }]))
  for (const [index, pair] of pairs.entries()) if (pair === null && !take(index, { missing: 'gone' })) return
  for (let start = 0; start < known.length; start += AT_ONCE) {
    const some = known.slice(start, start + AT_ONCE)
    const diffs = await diffsOf(git, gitDir, { pairs: some, outputBytes: BYTES_AT_ONCE })
    for (const [place, pair] of some.entries()) {
      const alone = async (): Promise<string | undefined> =>
        (await diffsOf(git, gitDir, { pairs: [pair], outputBytes: BYTES_ALONE }))?.[0]
      const text = diffs === null ? await alone() : diffs[place]
      if (!take(pair.index, text === undefined ? { missing: 'too_large' } : { text })) return
    }
  }
}

/** The trees of all pairs; null for a pair of which something is not there. */
async function asTrees(
  git: GitCommand,
  gitDir: string,
  pairs: readonly TreePair[],
): Promise<(TreePair | null)[]> {
  const names = pairs.flatMap(({ from, to }) => [`${from}^{tree}`, `${to}^{tree}`])
  if (names.length === 0) return []
  const { stdout } = await git.run({
    args: ['cat-file', '--batch-check=%(objectname) %(objecttype)'],
    stdin: `${names.join('\n')}\n`,
    gitDir,
    // Where the repository itself is gone, so is all that was in it.
    answers: [0, 128],
  })
  const trees = stdout
    .toString('utf8')
    .split('\n')
    .map((line) => /^([0-9a-f]+) tree$/.exec(line)?.[1] ?? null)
  return pairs.map((_, index) => {
    const [from = null, to = null] = trees.slice(2 * index, 2 * index + 2)
    return from === null || to === null ? null : { from, to }
  })
}

/** Null where they are more than may be held. */
async function diffsOf(
  git: GitCommand,
  gitDir: string,
  { pairs, outputBytes }: { readonly pairs: readonly TreePair[]; readonly outputBytes: number },
): Promise<string[] | null> {
  try {
    const { stdout } = await git.run({
      args: [
        'diff-tree',
        '--stdin',
        '-r',
        '-p',
        '--no-ext-diff',
        '--no-textconv',
        '--no-color',
        '--find-renames',
      ],
      stdin: pairs.map(({ from, to }) => `${from} ${to}\n`).join(''),
      settings: ['core.quotePath=false'],
      gitDir,
      outputBytes,
    })
    // Each begins with its two trees; within a diff no line of content stands without a mark before it.
    return stdout
      .toString('utf8')
      .split(/^[0-9a-f]{40,64} [0-9a-f]{40,64}\n/m)
      .slice(1)
  } catch (thrown) {
    if (thrown instanceof OrchestratorError && thrown.code === 'git_failed') return null
    throw thrown
  }
}
