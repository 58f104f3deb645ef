import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { DEFAULT_LIMITS } from '../../src/domain/limits.ts'
import { type TaskDefinition, UNSAID } from '../../src/domain/plan.ts'
import { DEFAULT_SUITE_LIMITS, type Suite } from '../../src/domain/suite.ts'
import { NO_RULES } from '../../src/engine/budget-keeper.ts'
import { type RunEnding, runPlan } from '../../src/engine/run.ts'
import { settleTarget } from '../../src/engine/settle-target.ts'
import { messageOf } from '../../src/errors.ts'
import { ownTemplates } from '../../src/prompts/templates.ts'
import { OPERATIONS } from '../../src/store/operations.ts'
import { SqliteStore } from '../../src/store/sqlite-store.ts'
import { hasEnded } from '../../src/store/store.ts'
import { type Mark, sourceOf } from './agent.ts'
import { requireFinalPromises, requirePromises, Violation } from './invariants.ts'
import { testLine } from './language.ts'
import { SimulatedRepository } from './repository.ts'
import { Scheduler, type SimulatedProcess } from './scheduler.ts'
import { SimulatedDisk, SimulatedThread } from './store.ts'
import { simulatedWorld, type Weather } from './world.ts'

export interface Simulated {
  readonly seed: number
  readonly steps: number
  readonly trace: readonly string[]
  readonly violation: Violation | null
  /** Of the run, once it ended. */
  readonly state: string
  readonly processes: number
}

interface SimulateOptions {
  readonly seed: number
  /** What cannot come to an end in so many steps is a violation. Default 60,000. */
  readonly mostSteps?: number
}

const RUN = 'run1'
const MOST_STEPS = 60_000

/** Works one plan to its end through whatever the seed brings, and holds the promises against it at every step. */
export async function simulate({ seed, mostSteps = MOST_STEPS }: SimulateOptions): Promise<Simulated> {
  const scheduler = new Scheduler(seed)
  const weather = weatherOf(scheduler)
  const repository = newRepository()
  simulations += 1
  const disk = new SimulatedDisk(`simulated${simulations}`, scheduler.now)
  const ledger: Mark[] = []
  const processes: SimulatedProcess[] = []
  const state = { isDone: false, mishaps: scheduler.between(0, 12), violation: null as Violation | null }
  const workers = scheduler.between(1, 4)
  plan(disk, scheduler)
  const told = (promise: string, fact: string): void => {
    state.violation ??= new Violation(promise, fact)
    state.isDone = true
  }

  /** A process of the engine, from its start to its end. */
  const work = async (process: SimulatedProcess, pid: number): Promise<RunEnding | null> => {
    const thread = new SimulatedThread({
      disk,
      scheduler,
      process,
      commitMs: () => scheduler.between(0, weather.slowestCommitMs),
      fails: () => state.mishaps > 0 && scheduler.chance(weather.diskFails),
    })
    const owner = { host: 'simulated', bootId: 'boot', pid, processStart: String(pid) }
    if (!thread.own(owner, (other) => processes[other - 1]?.alive === false)) return null
    const store = new SqliteStore(thread)
    try {
      const run = await store.run(RUN)
      if (run === null || hasEnded(run.state)) return null
      const { world, agent } = simulatedWorld({ scheduler, process, repository, store, weather, ledger })
      const target = await settleTarget(world, { run, title: run.title, asked: null, byFlag: false })
      return await runPlan(world, {
        run,
        agent,
        workers,
        target,
        branches: scheduler.chance(0.5),
        refactor: false,
        commits: { author: { name: 'P', email: 'p@example.com' }, signer: null, messages: MESSAGES },
        rules: NO_RULES,
        prompts: { templates: ownTemplates(), room: 10_000 },
        winding: new AbortController().signal,
        stopping: new AbortController().signal,
        report: () => undefined,
      })
    } finally {
      await store.close()
    }
  }

  /** Starts the engine again and again, as a person would, until the run has ended. */
  const shell: SimulatedProcess = { name: 'shell', alive: true, stoppedUntil: 0 }
  const keepStarting = async (): Promise<void> => {
    for (let starts = 0; starts < MOST_STARTS && !state.isDone; starts += 1) {
      const pid = processes.length + 1
      const process: SimulatedProcess = { name: `p${pid}`, alive: true, stoppedUntil: 0 }
      processes.push(process)
      const life = { ended: false }
      void work(process, pid)
        .then(
          (ending) => {
            if (ending !== null && hasEnded(ending.state)) state.isDone = true
          },
          (thrown: unknown) => {
            if (process.alive && !isOutage(thrown)) told('faults are classified', messageOf(thrown))
          },
        )
        .finally(() => {
          life.ended = true
          scheduler.kill(process)
        })
      while (!life.ended && process.alive && !isStopped(scheduler, process))
        await scheduler.wait(shell, 'shell.look', 20_000)
      await scheduler.wait(shell, 'shell.start', scheduler.between(100, 60_000))
    }
    if (!state.isDone) told('nothing is lost', `the run did not end within ${MOST_STARTS} starts`)
  }
  void keepStarting()

  let changes = ''
  const target = (): string | null => {
    const row = disk.reader.get('SELECT target FROM runs WHERE id = ?', RUN)
    return row === null || row['target'] === null ? null : String(row['target'])
  }
  const looked = () => ({ db: disk.reader, repository, ledger, target: target(), mostInvocations: null })
  const ending = await scheduler.run(
    {
      isDone: () => state.isDone,
      mostSteps,
      onStep: () => {
        const now = `${String(disk.reader.get('PRAGMA data_version')?.['data_version'])} ${[...repository.refs.values()].join(' ')} ${ledger.length}`
        if (now === changes) return
        changes = now
        try {
          requirePromises(looked())
        } catch (thrown) {
          if (!(thrown instanceof Violation)) throw thrown
          told(thrown.promise, thrown.message)
        }
      },
    },
    {
      before: (process, door) => {
        if (process === shell || state.mishaps === 0 || !scheduler.chance(0.004)) return
        state.mishaps -= 1
        if (scheduler.chance(0.6)) {
          scheduler.trace.push(`${scheduler.now} ${process.name} killed at ${door}`)
          scheduler.kill(process)
        } else {
          const ms = scheduler.between(1_000, 200_000)
          scheduler.trace.push(`${scheduler.now} ${process.name} stopped at ${door} for ${ms} ms`)
          process.stoppedUntil = scheduler.now + ms
        }
      },
    },
  )
  if (ending !== 'done')
    told('nothing is lost', `it came to ${ending === 'endless' ? 'no end' : 'a standstill'}`)
  if (state.violation === null) {
    try {
      requireFinalPromises(looked())
    } catch (thrown) {
      if (!(thrown instanceof Violation)) throw thrown
      told(thrown.promise, thrown.message)
    }
  }
  const row = disk.reader.get('SELECT state FROM runs WHERE id = ?', RUN)
  for (const process of processes) scheduler.kill(process)
  disk.reader.close()
  return {
    seed,
    steps: scheduler.trace.length,
    trace: scheduler.trace,
    violation: state.violation,
    state: String(row?.['state']),
    processes: processes.length,
  }
}

const MOST_STARTS = 60
let simulations = 0

function isStopped(scheduler: Scheduler, process: SimulatedProcess): boolean {
  return process.stoppedUntil > scheduler.now
}

/** What a process may end with, other than by an ending of its run. */
function isOutage(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null
  return (
    typeof code === 'string' &&
    ['store_owned', 'store_unavailable', 'git_failed', 'slot_failed', 'setup_failed'].includes(code)
  )
}

const MESSAGES = {
  test: 'Test {task}',
  source: 'Build {task}',
  merge: 'Land {task}',
}

const SUITE: Suite = {
  name: 'main',
  runner: 'junit',
  cwd: '.',
  tests: ['test/**'],
  sources: ['src/**'],
  fixtures: [],
  setup: [],
  build: [],
  checks: {},
  env: {},
  command: ['simulated'],
  args: [],
  report: 'report.xml',
  limits: DEFAULT_SUITE_LIMITS,
}

function weatherOf(scheduler: Scheduler): Weather {
  const share = (most: number): number => (scheduler.chance(0.5) ? 0 : scheduler.random() * most)
  return {
    temper: {
      clumsy: share(0.3),
      careless: share(0.3),
      frail: share(0.2),
      limited: share(0.15),
      broken: share(0.1),
      disputing: share(0.1),
    },
    gitFails: share(0.01),
    verifyFails: share(0.05),
    diskFails: share(0.01),
    slowestCommitMs: scheduler.pick([2, 20, 2_000]),
    onLimit: scheduler.pick(['wait', 'exit'] as const),
    circuits: DEFAULT_CIRCUITS,
  }
}

function newRepository(): SimulatedRepository {
  const repository = new SimulatedRepository()
  const file = (text: string) => ({ mode: '100644', content: Buffer.from(text) })
  const tree = repository.compose(
    repository.emptyTree,
    new Map([
      ['src/seed.src', file('seed\n')],
      ['src/shared.src', file('nobody\n')],
      ['test/seed.test', file(testLine({ name: 'the seed is there', path: 'src/seed.src', word: 'seed' }))],
    ]),
  )
  const author = { name: 'P', email: 'p@example.com' }
  const base = repository.makeCommit({
    tree,
    parents: [],
    message: 'Begin\n',
    author,
    committer: author,
    at: 0,
  })
  repository.refs.set('refs/heads/main', base)
  repository.refs.set('HEAD', base)
  return repository
}

/** A graph of tasks, each with a test and a source of its own. */
function plan(disk: SimulatedDisk, scheduler: Scheduler): void {
  const keys = Array.from({ length: scheduler.between(1, 6) }, (_, at) => `T${at + 1}`)
  const tasks = keys.map((key, at): TaskDefinition => {
    const [test, source] = [`test/${key}.test`, sourceOf(key)]
    return {
      ...UNSAID,
      key,
      title: `Build ${key}`,
      goal: `${key} works.`,
      kind: 'implement',
      suite: SUITE.name,
      criteria: [{ id: 'AC-1', text: 'It works.', requirements: [] }],
      tests: [test],
      sources: [source],
      allow: [],
      exports: [],
      verify: [],
      locks: [test, source],
      dependsOn: keys.slice(0, at).filter(() => scheduler.chance(0.3)),
    }
  })
  const run = {
    id: RUN,
    title: 'Plan',
    suites: [SUITE],
    limits: DEFAULT_LIMITS,
    agent: 'simulated',
    requirements: [],
    planTexts: [],
    tasks,
  }
  disk.reader.transaction(() => OPERATIONS.createRun(disk.reader, [run, scheduler.now]))
}
