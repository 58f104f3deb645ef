import type { CommitId } from '../domain/evidence.ts'
import type { MergeOutcome } from './git.ts'
import { type GitCommand, gitFailed } from './git-command.ts'
import type { ObjectReader } from './object-reader.ts'
import { pathFromBytes } from './tree-object.ts'

/** Questions about commits that only git itself answers well; each is one process on the private repository. */
interface History {
  firstParents(from: CommitId | null, to: CommitId, limit?: number): Promise<CommitId[]>
  isAncestor(ancestor: CommitId, descendant: CommitId): Promise<boolean>
  mergeTrees(ours: CommitId, theirs: CommitId): Promise<MergeOutcome>
}

export function openHistory(
  git: GitCommand,
  gitDir: string,
  { reader, mergesAhead }: { readonly reader: ObjectReader; readonly mergesAhead: boolean },
): History {
  const merge = mergesAhead ? mergeFromInput : mergeTrees
  return {
    firstParents: (from, to, limit) => firstParents({ git, gitDir }, { from, to, limit }),
    isAncestor: async (ancestor, descendant) => {
      const ids = [ancestor, descendant].map(requireId)
      if (await isNearAncestor(reader, ancestor, descendant)) return true
      const answer = await git.run({ args: ['merge-base', '--is-ancestor', ...ids], gitDir, answers: [0, 1] })
      return answer.code === 0
    },
    mergeTrees: (ours, theirs) => merge({ git, gitDir }, ours, theirs),
  }
}

interface Place {
  readonly git: GitCommand
  readonly gitDir: string
}

async function firstParents(
  place: Place,
  range: { readonly from: CommitId | null; readonly to: CommitId; readonly limit: number | undefined },
): Promise<CommitId[]> {
  const revisions = range.from === null ? [range.to] : [range.to, `^${requireId(range.from)}`]
  requireId(range.to)
  const limit = range.limit === undefined ? [] : [`--max-count=${range.limit}`]
  const { stdout } = await place.git.run({
    args: ['rev-list', '--first-parent', ...limit, ...revisions, '--'],
    gitDir: place.gitDir,
  })
  const newestFirst = stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
  return newestFirst.toReversed()
}

/** How many landings a task is usually behind, at most; further back git itself looks. */
const NEAR = 64

/** Along first parents; what they name is in memory, mostly. False says nothing. */
async function isNearAncestor(
  reader: ObjectReader,
  ancestor: CommitId,
  descendant: CommitId,
): Promise<boolean> {
  let at: CommitId | undefined = descendant
  for (let step = 0; step < NEAR && at !== undefined; step += 1) {
    // Where a shallow clone ends, commits name parents that are not there.
    if ((await reader.find(at)) === null) return false
    if (at === ancestor) return true
    at = (await reader.commit(at)).parents[0]
  }
  return false
}

/** What a merge writes is handed to the disk, so that the flush of the commit that names it covers it. */
const WRITTEN_OUT = ['core.fsync=objects', 'core.fsyncMethod=writeout-only']

/** The tree's id, then the paths in conflict, each ended by a NUL. */
async function mergeTrees(place: Place, ours: CommitId, theirs: CommitId): Promise<MergeOutcome> {
  const { code, stdout } = await place.git.run({
    settings: WRITTEN_OUT,
    args: [
      'merge-tree',
      '--write-tree',
      '-z',
      '--name-only',
      '--no-messages',
      requireId(ours),
      requireId(theirs),
    ],
    gitDir: place.gitDir,
    answers: [0, 1],
  })
  return outcomeOf(code === 0, splitAtNul(stdout))
}

/** A landing merges the tests of a task, and all of its work. */
const MERGES_AHEAD = 2

/** The same, with `1` for a clean merge or `0` before all. Nothing of it is known before it is asked. */
async function mergeFromInput(place: Place, ours: CommitId, theirs: CommitId): Promise<MergeOutcome> {
  const { stdout } = await place.git.run({
    settings: WRITTEN_OUT,
    args: ['merge-tree', '--write-tree', '--stdin', '--name-only', '--no-messages'],
    gitDir: place.gitDir,
    stdin: `${requireId(ours)} ${requireId(theirs)}\n`,
    ahead: MERGES_AHEAD,
  })
  const [clean, ...rest] = splitAtNul(stdout)
  return outcomeOf(clean?.toString('latin1') === '1', rest)
}

function outcomeOf(isClean: boolean, [tree, ...names]: readonly Buffer[]): MergeOutcome {
  if (tree === undefined) throw gitFailed('git merge-tree gave no tree')
  const id = requireId(tree.toString('latin1'))
  if (isClean) return { kind: 'clean', tree: id }
  return { kind: 'conflict', tree: id, paths: names.filter((name) => name.length > 0).map(pathFromBytes) }
}

function splitAtNul(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const nul = bytes.indexOf(0, at)
    const end = nul < 0 ? bytes.length : nul
    parts.push(bytes.subarray(at, end))
    at = end + 1
  }
  return parts
}

function requireId(id: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) return id
  throw gitFailed(`not an object id: ${JSON.stringify(id)}`)
}
