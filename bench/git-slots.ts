import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommitId, TreeId } from '../src/domain/evidence.ts'
import type { Git } from '../src/git/git.ts'
import type { AgentTree, ProofTree, Trees } from '../src/git/trees.ts'
import type { Figure } from './figure.ts'
import { IGNORED_FOLDER, sampleFile } from './repository-sizes.ts'
import { alternating, timed, timeFigure } from './rounds.ts'

export interface BenchPlace {
  /** Everything lies below it. */
  readonly directory: string
  /** The repository of a person. */
  readonly root: string
  readonly git: Git
  readonly trees: Trees
  readonly files: number
}

const ANCHOR = 'git worktree add'
const CHANGED_FILES = 10
const IGNORED_FILES = 1_000
const LANDED_FILES = 3
const SETUP = 'bench'
const LIMITS = { files: 1_000_000, bytes: Number.MAX_SAFE_INTEGER }
const SMALL_FILES = 1_000

/** A slot that lies ready, for agents and for proofs, and a slot for proofs that was used. */
export async function slotFigures(place: BenchPlace): Promise<Figure[]> {
  const { git, files } = place
  const base = (await git.resolve('main')) ?? ''
  const { tree } = await git.readCommit(base)
  const begin = { base, tree }
  const isSmall = files <= SMALL_FILES
  const ready = { anchor: ANCHOR, most: isSmall ? 1 / 7 : 1 / 25 }
  const used = { anchor: ANCHOR, most: isSmall ? 0.8 : 0.3 }
  const theirs = (): number => workTreeAdd(place)
  const named = (what: string): string => `${what}, ${files.toLocaleString('en')} files`
  const figures: Figure[] = []
  for (const [what, ours] of [
    ['taking a slot that lies ready for the next stage of its task', sameTask(place, begin)],
    ['taking a slot that was made ready for another task', otherTask(place, begin)],
  ] as const)
    figures.push(timeFigure(await alternating({ ours, theirs }), { name: named(what), ...ready }))
  const proofs = usedProofs(place, tree)
  const recycled = await alternating({ ours: proofs.recycle, theirs })
  const tidied = await alternating({ ours: proofs.takeReady, theirs })
  await proofs.end()
  return [
    ...figures,
    timeFigure(tidied, { name: named('taking a slot for proofs that lies ready'), ...ready }),
    timeFigure(recycled, { name: named('recycling a slot for proofs that was used'), ...used }),
  ]
}

/** How long git takes for a work tree of its own, which is gone again afterwards. */
function workTreeAdd({ directory, root }: BenchPlace): number {
  const linked = join(directory, 'linked')
  const began = performance.now()
  execFileSync('git', ['worktree', 'add', '--quiet', '--detach', linked, 'main'], { cwd: root })
  const lasted = performance.now() - began
  execFileSync('git', ['worktree', 'remove', '--force', linked], { cwd: root })
  return lasted
}

interface Begin {
  readonly base: CommitId
  readonly tree: TreeId
}

type Measure = (round: number) => Promise<number>

/** An agent leaves its work, the slot is made ready while that is judged, and the next stage takes it. */
function sameTask({ trees }: BenchPlace, { base, tree }: Begin): Measure {
  let at = tree
  return async (round) => {
    const agent = await trees.agentTree({ task: 'A', tree: at, base })
    at = await handIn(agent, round)
    await untilReady(agent, at)
    let taken: AgentTree | null = null
    const lasted = await timed(async () => {
      taken = await trees.agentTree({ task: 'A', tree: at, base })
    })
    await giveBack(taken)
    return lasted
  }
}

/** The task gives its slot up and another one begins in it, where the first began. */
function otherTask({ trees }: BenchPlace, { base, tree }: Begin): Measure {
  return async (round) => {
    const before = `B-${round}`
    const agent = await trees.agentTree({ task: before, tree, base })
    await handIn(agent, round)
    trees.prepare({ after: before, tree, base })
    await untilReady(agent, tree)
    let taken: AgentTree | null = null
    const lasted = await timed(async () => {
      taken = await trees.agentTree({ task: `C-${round}`, tree, base })
    })
    await giveBack(taken)
    return lasted
  }
}

async function handIn(agent: AgentTree, round: number): Promise<TreeId> {
  for (let index = 0; index < LANDED_FILES; index += 1)
    appendFileSync(join(agent.directory, sampleFile(index)), `work of round ${round}\n`)
  const reading = await agent.read(LIMITS)
  await giveBack(agent)
  if (reading.kind !== 'tree') throw new Error(reading.refusal.fact)
  return reading.tree
}

async function giveBack(lent: AsyncDisposable | null): Promise<void> {
  await lent?.[Symbol.asyncDispose]()
}

const LOOK_MS = 25
const SETTLE_MS = 250
const LOOKS = 2_400

/** Until its `.git` starts from the tree, and the one before it is gone. */
async function untilReady(agent: AgentTree, tree: TreeId): Promise<void> {
  const discarded = join(agent.directory, '../discarded')
  await until(() => {
    const { PATH = '' } = process.env
    const args = ['rev-parse', 'HEAD^{tree}']
    const head = spawnSync('git', args, { cwd: agent.directory, env: { PATH }, encoding: 'utf8' })
    return head.stdout.trim() === tree && !existsSync(discarded)
  })
}

async function until(isReady: () => boolean): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    await sleep(LOOK_MS)
    if (!isReady()) continue
    await sleep(SETTLE_MS)
    return
  }
  throw new Error('the slot is not made ready')
}

interface Proofs {
  readonly recycle: Measure
  readonly takeReady: Measure
  end(): Promise<void>
}

/** One slot after the other is used as tests use it, while the target moves on by a landing. */
function usedProofs({ git, trees }: BenchPlace, begin: TreeId): Proofs {
  let tree = begin
  let landings = 0
  let slot: ProofTree | null = null
  const lend = async (): Promise<ProofTree> => {
    const lent = await trees.proofTree({ tree, setupKey: SETUP })
    if (lent.preparedFor !== SETUP) await lent.prepared(SETUP)
    return lent
  }
  const landed = async (): Promise<TreeId> => {
    landings += 1
    const file = { mode: '100644', content: Buffer.from(`landing ${landings}\n`) }
    const paths = Array.from({ length: LANDED_FILES }, (_, index) => sampleFile(CHANGED_FILES + index))
    return await git.compose(tree, new Map(paths.map((path) => [path, file])))
  }
  return {
    recycle: async (round) => {
      slot ??= await lend()
      leaveTraces(slot, round)
      tree = await landed()
      const used = slot
      return await timed(async () => {
        await giveBack(used)
        slot = await lend()
      })
    },
    takeReady: async (round) => {
      slot ??= await lend()
      leaveTraces(slot, round)
      const { directory } = slot
      await giveBack(slot)
      await until(() => !existsSync(join(directory, IGNORED_FOLDER)))
      return await timed(async () => {
        slot = await lend()
      })
    },
    end: () => giveBack(slot),
  }
}

/** What a run of tests may leave: tracked files that it changed, and much that git ignores. */
function leaveTraces({ directory }: ProofTree, round: number): void {
  for (let index = 0; index < CHANGED_FILES; index += 1)
    appendFileSync(join(directory, sampleFile(index)), `changed in round ${round}\n`)
  const ignored = join(directory, IGNORED_FOLDER)
  rmSync(ignored, { recursive: true, force: true })
  for (let index = 0; index < IGNORED_FILES; index += 1) {
    const folder = join(ignored, String(index % 10))
    if (index < 10) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${index}.txt`), `left in round ${round}\n`)
  }
}
