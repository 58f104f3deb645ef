import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommitId } from '../src/domain/evidence.ts'
import type { Figure } from './figure.ts'
import type { BenchPlace } from './git-slots.ts'
import { sampleFile } from './repository-sizes.ts'
import { alternating, timeFigure } from './rounds.ts'

const ANCHOR = 'git merge in a work tree'
const TARGET = 'tdd/bench'
const FENCE = 'bench'
const WRITER = { name: 'TDD Orchestrator', email: 'tdd-orchestrator@localhost' }
const CHANGED_FILES = 3
/** Between two landings commands verify the next one, for much longer than this. */
const BETWEEN_MS = 500

/** What it takes to put the two commits of a task on the target, with and without its objects. */
export async function landingFigures(place: BenchPlace & HandOvers): Promise<Figure[]> {
  const { git, root, directory, files } = place
  const base = (await git.resolve('main')) ?? ''
  await git.createBranch(TARGET, base)
  await git.takeFence(TARGET, FENCE)
  const integration = join(directory, 'integration')
  execFileSync('git', ['worktree', 'add', '--quiet', '-b', 'integration', integration, 'main'], { cwd: root })
  const withObjects: number[] = []
  let head = base
  const sides = await alternating({
    theirs: async (round) => {
      const work = await workOf(place, { base, round, by: 'git' })
      await borrowed(place, work)
      const args = ['merge', '--quiet', '--no-ff', '--no-edit', work]
      const began = performance.now()
      execFileSync('git', args, { cwd: integration })
      return performance.now() - began
    },
    ours: async (round) => {
      const work = await workOf(place, { base, round, by: 'ours' })
      await sleep(BETWEEN_MS)
      place.handOvers.splice(0)
      const began = performance.now()
      head = await landed(place, { head, work })
      const lasted = performance.now() - began
      withObjects.push(lasted)
      return lasted - place.handOvers.reduce((sum, each) => sum + each, 0)
    },
  })
  const named = (what: string): string => `${what}, ${files.toLocaleString('en')} files`
  const alone = { name: named('merging and moving the target'), anchor: ANCHOR, most: 1 / 5 }
  const whole = { name: named('the same with handing objects over'), anchor: ANCHOR, most: 1 / 2 }
  return [timeFigure(sides, alone), timeFigure({ ...sides, ours: withObjects }, whole)]
}

/** How long each hand-over of objects took. */
export interface HandOvers {
  readonly handOvers: number[]
}

/** The two commits of a task: a test, and the sources that it wants; in the engine's own store of objects. */
async function workOf(
  { git, files }: BenchPlace,
  task: { readonly base: CommitId; readonly round: number; readonly by: string },
): Promise<CommitId> {
  let parent = task.base
  const changes = [
    [`test/${task.by}_${task.round}.test.ts`],
    Array.from({ length: CHANGED_FILES }, (_, index) => sampleFile((task.round * 37 + index * 101) % files)),
  ]
  for (const paths of changes) {
    const { tree } = await git.readCommit(parent)
    const content = Buffer.from(`${task.by} ${task.round}\n`)
    const changed = await git.compose(tree, new Map(paths.map((path) => [path, { mode: '100644', content }])))
    parent = await git.commit({
      tree: changed,
      parents: [parent],
      message: `Work of round ${task.round}\n`,
      author: WRITER,
      committer: WRITER,
      at: 1_700_000_000_000,
    })
  }
  return parent
}

/** Puts a commit where git can merge it, before that is timed. */
async function borrowed({ git }: BenchPlace, work: CommitId): Promise<void> {
  const branch = `work-${work.slice(0, 12)}`
  const base = (await git.resolve('main')) ?? ''
  await git.createBranch(branch, base)
  await git.takeFence(branch, FENCE)
  const outcome = await git.land({ target: branch, expected: base, commit: work, fence: FENCE, branches: [] })
  if (outcome.kind !== 'landed') throw new Error(`the branch of git: ${outcome.kind}`)
}

async function landed(
  { git }: BenchPlace,
  { head, work }: { readonly head: CommitId; readonly work: CommitId },
): Promise<CommitId> {
  const merged = await git.mergeTrees(head, work)
  if (merged.kind !== 'clean') throw new Error('the merge has conflicts')
  const commit = await git.commit({
    tree: merged.tree,
    parents: [head, work],
    message: 'Land\n',
    author: WRITER,
    committer: WRITER,
    at: 1_700_000_000_000,
  })
  const outcome = await git.land({ target: TARGET, expected: head, commit, fence: FENCE, branches: [] })
  if (outcome.kind !== 'landed') throw new Error(`the landing: ${outcome.kind}`)
  return commit
}
