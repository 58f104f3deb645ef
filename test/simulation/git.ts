import type { CommitId } from '../../src/domain/evidence.ts'
import { nameInTheWay } from '../../src/domain/branch-name.ts'
import { OrchestratorError } from '../../src/errors.ts'
import type { Git, LandOutcome, LandRequest } from '../../src/git/git.ts'
import type { SimulatedRepository } from './repository.ts'

/** Lets an effect on the world happen as the simulation wills: late, never, or with its answer lost. */
export type Door = <T>(name: string, effect: () => T) => Promise<T>

/** The same as a process of git does it, on a repository in memory. What never changes is read at once. */
export function simulatedGit(repository: SimulatedRepository, door: Door): Git {
  const now = <Args extends readonly unknown[], T>(read: (...args: Args) => T) => {
    return async (...args: Args): Promise<T> => read(...args)
  }
  return {
    repository: {
      root: '/simulated',
      workTree: '/simulated',
      gitDir: '/simulated/.git',
      id: 'simulated',
      objectFormat: 'sha1',
      emptyTree: repository.emptyTree,
    },
    resolve: (revision) => door('git.resolve', () => repository.resolve(revision)),
    holds: now((commit) => repository.resolve(commit) !== null),
    readCommit: now((commit) => repository.commit(commit)),
    firstParents: now((from, to, limit) => repository.firstParents(from, to, limit)),
    isAncestor: now((ancestor, descendant) => repository.isAncestor(ancestor, descendant)),
    files: now((tree) => repository.files(tree)),
    readBlob: now((blob) => repository.blob(blob)),
    readSmallBlob: now((blob, bytes) => {
      const content = repository.blob(blob)
      return content.length <= bytes ? content : null
    }),
    diff: now((from, to) => repository.diff(from, to)),
    compose: (base, changes) => door('git.compose', () => repository.compose(base, changes)),
    commit: (request) => door('git.commit', () => repository.makeCommit(request)),
    mergeTrees: (ours, theirs) => door('git.merge', () => repository.merge(ours, theirs)),
    checkedOut: (branch) => door('git.checked_out', () => workTreesOf(repository, [branch])),
    inTheWay: now((branch) => {
      const refs = [...repository.refs.keys()].filter((ref) => ref.startsWith('refs/heads/'))
      return nameInTheWay(`refs/heads/${branch}`, refs)?.slice('refs/heads/'.length) ?? null
    }),
    readRef: (ref) => door('git.read_ref', () => repository.refs.get(ref) ?? null),
    createBranch: (branch, at) =>
      door('git.create_branch', () => {
        const ref = `refs/heads/${branch}`
        if (repository.refs.has(ref)) return 'exists'
        repository.refs.set(ref, at)
        return 'created'
      }),
    takeFence: (target, token) => door('git.fence', () => void repository.fences.set(target, token)),
    land: async (request) => {
      requireDistinct(request)
      // As the real one: looked at before objects are handed over, and again by the transaction itself.
      const before = await door('git.land.look', () => refusalOf(repository, request))
      return before ?? (await door('git.land.transaction', () => transact(repository, request)))
    },
    writeNote: (commit, text) => door('git.note', () => void repository.notes.set(commit, text)),
    readNote: (commit) => door('git.read_note', () => repository.notes.get(commit) ?? null),
    author: () => Promise.resolve(null),
    signer: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  }
}

function transact(repository: SimulatedRepository, request: LandRequest): LandOutcome {
  const names = [request.target, ...request.branches.map(({ name }) => name)]
  const workTrees = workTreesOf(repository, names)
  if (workTrees.length > 0) return { kind: 'checked_out', workTrees }
  const refusal = refusalOf(repository, request)
  if (refusal !== null) return refusal
  repository.refs.set(`refs/heads/${request.target}`, request.commit)
  for (const { name, at } of request.branches) repository.refs.set(`refs/heads/${name}`, at)
  return { kind: 'landed' }
}

function refusalOf(repository: SimulatedRepository, request: LandRequest): LandOutcome | null {
  const head: CommitId | null = repository.refs.get(`refs/heads/${request.target}`) ?? null
  if (repository.fences.get(request.target) !== request.fence) return { kind: 'fenced' }
  if (head === request.commit) return { kind: 'landed' }
  return head === request.expected ? null : { kind: 'moved', head }
}

function workTreesOf({ workTrees }: SimulatedRepository, branches: readonly string[]): string[] {
  return branches.flatMap((branch) => workTrees.get(branch) ?? [])
}

function requireDistinct({ target, branches }: LandRequest): void {
  const names = [target, ...branches.map(({ name }) => name)]
  if (new Set(names).size === names.length) return
  throw new OrchestratorError('internal', `a landing names a branch twice: ${names.join(', ')}`)
}
