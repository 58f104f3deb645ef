import { createHash } from 'node:crypto'
import type { CommitId } from '../domain/evidence.ts'
import { nameInTheWay } from '../domain/branch-name.ts'
import { OrchestratorError } from '../errors.ts'
import type { LandOutcome, LandRequest } from './git.ts'
import type { GitCommand } from './git-command.ts'
import { type HandOver, handOver } from './hand-over.ts'
import { ownRefs, removeOwnRefs } from './own-refs.ts'
import { type RefChange, RefusedChange, type Refs, requireBranchName } from './refs.ts'

interface Landing {
  readonly git: GitCommand
  readonly refs: Refs
  readonly door: HandOver
}

/** Moves the fence of a target to a blob of this token, wherever it was. */
export async function takeFence(landing: Landing, target: string, token: string): Promise<void> {
  const fence = fenceOf(target)
  const { stdout } = await landing.git.run({
    args: ['hash-object', '-w', '--no-filters', '--stdin'],
    gitDir: landing.door.to,
    stdin: fenceText(token),
  })
  const to = stdout.toString('utf8').trim()
  await landing.refs.persist([fence], async () => {
    const from = await landing.refs.read(fence)
    if (from === to) return null
    const answer = await landing.refs.transact([{ kind: 'update', ref: fence, to, from }], 'fence')
    if (answer.code === 0) return null
    await removeFenceInTheWay(landing, fence)
    return new RefusedChange(answer.stderr)
  })
}

/** The branch of such a fence cannot be there beside ours: it is left of a target that is gone, and holds nobody off any more. */
async function removeFenceInTheWay({ git, door }: Landing, fence: string): Promise<void> {
  const left = nameInTheWay(fence, await ownRefs(git, door.to))
  if (left !== null) await removeOwnRefs(git, door.to, [left])
}

/** Hands the objects over, then moves the refs in one transaction that git refuses when the fence is not ours. */
export async function land(landing: Landing, request: LandRequest): Promise<LandOutcome> {
  const target = requireBranchName(request.target)
  const branches = request.branches.map(({ name, at }) => ({ ref: requireBranchName(name), at }))
  requireDistinct([target, ...branches.map(({ ref }) => ref)])
  const fence = fenceId(request)
  const place: Place = { target, fence, fenceRef: fenceOf(request.target), request }

  const before = await refusalOf(landing, place)
  if (before !== null) return before
  await handOver(landing.door, [request.commit, ...branches.map(({ at }) => at)], [request.expected])
  const changes: RefChange[] = [
    { kind: 'verify', ref: place.fenceRef, at: fence },
    { kind: 'update', ref: target, to: request.commit, from: request.expected },
    ...branches.map(({ ref, at }) => ({ kind: 'update' as const, ref, to: at })),
  ]
  return await landing.refs.persist(
    changes.map(({ ref }) => ref),
    async () => {
      const inUse = await workTreesOf(landing, request)
      if (inUse.length > 0) return { kind: 'checked_out', workTrees: inUse }
      const answer = await landing.refs.transact(changes, 'landing')
      if (answer.code === 0) return { kind: 'landed' }
      return (await refusalOf(landing, place)) ?? new RefusedChange(answer.stderr)
    },
  )
}

interface Place {
  readonly target: string
  readonly fence: string
  readonly fenceRef: string
  readonly request: LandRequest
}

/** What the refs say against this landing, or that it has happened; null when nothing does. */
async function refusalOf(landing: Landing, place: Place): Promise<LandOutcome | null> {
  const [fence, head] = await Promise.all([
    landing.refs.read(place.fenceRef),
    landing.refs.read(place.target),
  ])
  if (fence !== place.fence) return { kind: 'fenced' }
  if (head === place.request.commit) return { kind: 'landed' }
  return head === place.request.expected ? null : { kind: 'moved', head }
}

async function workTreesOf(landing: Landing, request: LandRequest): Promise<string[]> {
  const names: string[] = [request.target, ...request.branches.map(({ name }) => name)]
  const found = await Promise.all(names.map((name) => landing.refs.checkedOut(name)))
  return [...new Set(found.flat())]
}

function fenceOf(target: string): string {
  return requireBranchName(target).replace('refs/heads/', 'refs/tdd/fence/')
}

/** The blob itself is there since the fence was taken. */
function fenceId({ fence, expected }: LandRequest): string {
  const text = Buffer.from(fenceText(fence))
  const hash = createHash(expected.length === SHA1_DIGITS ? 'sha1' : 'sha256')
  return hash.update(`blob ${text.length}\0`).update(text).digest('hex')
}

const SHA1_DIGITS = 40

function fenceText(token: string): string {
  return `${token}\n`
}

function requireDistinct(refs: readonly CommitId[]): void {
  if (new Set(refs).size === refs.length) return
  throw new OrchestratorError('internal', `a landing names a branch twice: ${refs.join(', ')}`)
}
