import { copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_TEMPLATES } from '../../domain/commit-message.ts'
import { DEFAULT_LIMITS, type Limits } from '../../domain/limits.ts'
import { limitsOfRun } from '../command-limits.ts'
import { isUnder } from '../../domain/plan-path.ts'
import type { Suite } from '../../domain/suite.ts'
import { OrchestratorError } from '../../errors.ts'
import type { BacktestReport } from '../../protocol/output/backtest-report.ts'
import { makeBorrowingRepository } from '../../git/borrowing-repository.ts'
import { createGitCommand } from '../../git/git-command.ts'
import { workTreesOf } from '../../runtime/work-trees.ts'
import { FALLBACK_AUTHOR } from '../commit-settings.ts'
import { makeKept } from '../make-kept.ts'
import { type Bench, type Engine, openBench, openEngine } from '../open.ts'
import { ownTemplates } from '../../prompts/templates.ts'
import { runPlan } from '../run.ts'
import { settleTarget } from '../settle-target.ts'
import { followLandings } from './follow-landings.ts'
import { heldInHistory } from './held-in-history.ts'
import { HistoryOrder, type RefusedCommit } from './history-order.ts'
import { planHistory, type ReplayedCommit } from './history.ts'
import { chooseSuites, type HistoryRange, readHistory } from './read-history.ts'
import { replayAgent } from './replay-agent.ts'
import { requireSetup } from './require-setup.ts'
import { stoppedBeforeEnd } from './stopped-before-end.ts'

export interface BacktestOptions extends HistoryRange {
  /** Any directory of the repository; nothing in it is changed. */
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Values of flags by option path. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly workers: number
  /** Suites that a person wrote down; null for those that are found. */
  readonly suites: ((detected: readonly Suite[]) => readonly Suite[]) | null
  /** Where repository and state are left; null to leave nothing. */
  readonly keep: string | null
  readonly sandbox?: 'auto' | 'off'
  readonly winding: AbortSignal
  readonly stopping: AbortSignal
  readonly onProgress: (line: string) => void
  readonly report: (thrown: unknown) => void
}

/** Replays a repository's own first-parent history through the engine, in a repository of its own. */
export async function backtest(options: BacktestOptions): Promise<BacktestReport> {
  const { directory, env, flags, sandbox } = options
  await requireDirectory(directory)
  const common = { env, ...(sandbox === undefined ? {} : { sandbox }) }
  await using bench = await openBench({ directory, flags, ...common })
  const { clock } = bench.workshop
  const startedAt = clock.monotonic()
  const history = await readHistory(bench, options)
  const suites = await chooseSuites(bench, options.suites, history)
  const place = options.keep ?? join(bench.stateDirectory, 'backtest')
  await makePlace(bench, { env, base: history.base, place })
  await using engine = await openEngine({
    directory: join(place, 'repository'),
    flags: {
      ...flags,
      'state.directory': join(place, 'state'),
      // Whatever store the configuration names: this one has its own.
      'state.db': join(place, 'state', 'store.db'),
    },
    hide: bench.workshop.hidden,
    spareSlots: SPARE_SLOTS,
    ...common,
  })
  const held = await heldInHistory(
    engine.world,
    { commits: history.commits, suites },
    { signal: AbortSignal.any([options.winding, options.stopping]), tell: options.onProgress },
  )
  const commits = planHistory(history.commits, suites, held)
  const worked = new Set(commits.flatMap(({ isTask, definition }) => (isTask ? [definition.suite] : [])))
  await requireSetup(engine.world, {
    suites: suites.filter(({ name }) => worked.has(name)),
    trees: await Promise.all([history.base, history.to].map((commit) => treeOf(engine, commit))),
    signal: options.stopping,
    tell: options.onProgress,
  })
  const ended = await replay(engine, options, { commits, suites, base: history.base })
  return { ...ended, wallMs: Math.round(clock.monotonic() - startedAt), workers: options.workers }
}

async function treeOf({ world }: Engine, commit: string): Promise<string> {
  return (await world.git.readCommit(commit)).tree
}

async function requireDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => null)
  if (found?.isDirectory() === true) return
  throw new OrchestratorError('repository_missing', `there is no directory ${directory}`, {
    hint: 'Name a directory of the repository whose history is to be replayed.',
  })
}

/** A commit that changes a manifest or lockfile is measured with two setups in turn; one more is that of the next. */
const SPARE_SLOTS = 2

/** A repository that borrows the objects of the person's, with the person's configuration beside it. */
async function makePlace(
  bench: Bench,
  making: { readonly env: BacktestOptions['env']; readonly base: string; readonly place: string },
): Promise<void> {
  const { workshop, loaded } = bench
  const { repository } = workshop.git
  const { env, base, place } = making
  await requireFree(place, workTreesOf(repository))
  makeKept(join(place, 'state'), 0o700)
  const git = createGitCommand({ exec: workshop.exec, env, cwd: '/' })
  const made = join(place, 'repository')
  await makeBorrowingRepository({ git, of: repository, directory: made, head: base })
  if (loaded.file !== null) {
    await mkdir(join(made, '.tdd'))
    await copyFile(loaded.file, join(made, '.tdd', 'config.toml'))
  }
}

/** Nothing of anybody is in the way, and trees will not find the repository's own dependencies above them. */
async function requireFree(place: string, workTrees: readonly string[]): Promise<void> {
  // What is not there is free.
  const found = await readdir(place).catch(() => [])
  const inside = workTrees.some((root) => isUnder(place, root))
  if (found.length === 0 && !inside) return
  throw new OrchestratorError(
    'usage',
    `${place} ${inside ? 'is inside the repository' : 'is not empty'}, and what is kept needs a place of its own`,
    { hint: 'Name a directory outside the repository that does not exist yet.' },
  )
}

async function replay(
  engine: Engine,
  options: BacktestOptions,
  replayed: {
    readonly commits: readonly ReplayedCommit[]
    readonly suites: readonly Suite[]
    readonly base: string
  },
): Promise<Omit<BacktestReport, 'wallMs' | 'workers'>> {
  const { world } = engine
  const { store, clock, git } = world
  const { commits, suites, base } = replayed
  const id = clock.id(10)
  const limits: Limits = { ...DEFAULT_LIMITS, ...limitsOfRun(engine.loaded.config), ...REPLAY_LIMITS }
  const planned = { id, title: 'Backtest', suites, limits, agent: 'replay', requirements: [], planTexts: [] }
  const definitions = commits.map(({ definition }) => definition)
  await store.createRun({ ...planned, tasks: definitions }, clock.now())
  const order = new HistoryOrder({
    store,
    clock,
    run: id,
    base,
    commits,
    ahead: options.workers,
    onRefused: (refused, final) => options.onProgress(refusalLine(refused, final)),
  })
  const run = await store.run(id)
  if (run === null) throw new Error(`the run ${id} was made and is gone`)
  await using following = followLandings({ store, run: id, commits, order, tell: options.onProgress })
  const ending = await runPlan(world, {
    ...options,
    run,
    agent: replayAgent(git, order),
    replay: order,
    target: await settleTarget(world, { run, title: run.title, asked: null, byFlag: false }),
    branches: false,
    refactor: false,
    prompts: { templates: ownTemplates(), room: engine.loaded.config.prompts.maxTokens },
    commits: { author: FALLBACK_AUTHOR, messages: DEFAULT_TEMPLATES, signer: null },
  })
  await following[Symbol.asyncDispose]()
  if (ending.state === 'interrupted') throw stoppedBeforeEnd()
  const { refused } = order
  const tasks = commits.filter(({ isTask }) => isTask).length
  const landed = await store.landed(id)
  const last = landed.at(-1)?.merge
  const head = last === undefined ? null : (await git.readCommit(last)).tree
  const wanted = (await git.readCommit(commits.at(-1)?.commit.id ?? '')).tree
  return {
    commits: commits.length,
    tasks,
    proven: tasks - refused.length,
    carried: commits.length - tasks + refused.length,
    refused,
    conflicts: refused.filter(({ stage }) => stage === 'landing').length,
    treeMatches: head === wanted && landed.length === commits.length,
    engineMs: Math.round((await store.spend(id)).engineMs),
  }
}

/** A commit does the same however often it is asked: nothing is repaired. */
const REPLAY_LIMITS = { redFix: 0, green: 1, fix: 0, disputes: 0, landingReturns: 0, infrastructure: 1 }

function refusalLine({ commit, stage, code, fact }: RefusedCommit, final: boolean): string {
  const what = final ? 'refused and carried' : 'refused on a base that lacks earlier commits; once more'
  return `${commit.slice(0, 10)} ${what}: ${stage} ${code}: ${fact}`
}
