import type { CircuitLevel, CircuitOptions } from '../../src/domain/circuit.ts'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { DEFAULT_LIMITS } from '../../src/domain/limits.ts'
import { type TaskDefinition, UNSAID } from '../../src/domain/plan.ts'
import { DEFAULT_SUITE_LIMITS, type Suite } from '../../src/domain/suite.ts'
import type { CircuitRules } from '../../src/store/circuit-records.ts'
import type { NewRun } from '../../src/store/store.ts'
import { sourceOf, type Temper } from './agent.ts'
import { testLine } from './language.ts'
import { SimulatedRepository } from './repository.ts'
import type { Scheduler } from './scheduler.ts'

/** What a seed makes of a simulation before it begins. */
export interface Scenario {
  readonly weather: Weather
  readonly workers: number
  /** Those that people add are put behind them. */
  readonly tasks: TaskDefinition[]
  /** How often a process is killed or stopped, at most. */
  readonly mishaps: number
  /** How often a person meddles. */
  readonly meddling: number
  /** How often the clock is set, at most. */
  readonly clockChanges: number
  /** How often something is asked for at the worst moment, at most. */
  readonly requests: number
  /** How often a person takes up again what ended incomplete. */
  readonly rounds: number
  /** Calls of agents that a person allows the run before it has to be raised; null for no bound. */
  readonly invocations: number | null
  /** Of each task; null for no bound. */
  readonly taskInvocations: number | null
}

/** How the surroundings of a simulation are. */
export interface Weather {
  readonly temper: Temper
  /** Share of calls of git that fail, half of them with their effect. */
  readonly gitFails: number
  /** Longest call of git, in ms. */
  readonly slowestGitMs: number
  /** Share of measurements that the machine spoils. */
  readonly verifyFails: number
  /** Share of groups of which a write fails. */
  readonly diskFails: number
  /** Share of commits at which the disk fills up for a while. */
  readonly diskFills: number
  /** Longest commit of the store, in ms. */
  readonly slowestCommitMs: number
  readonly onLimit: 'wait' | 'exit'
  readonly circuits: CircuitRules
}

export const RUN = 'run1'

/** Half of all seeds are calm in each respect, so that what one thing does is seen without the others. */
export function drawScenario(scheduler: Scheduler): Scenario {
  const share = (most: number): number => (scheduler.chance(0.5) ? 0 : scheduler.random() * most)
  const times = (most: number): number => (scheduler.chance(0.4) ? 0 : scheduler.between(1, most))
  return {
    weather: {
      temper: {
        clumsy: share(0.3),
        careless: share(0.3),
        frail: share(0.25),
        limited: share(0.15),
        broken: share(0.1),
        disputing: share(0.1),
        hanging: share(0.1),
        silent: share(0.1),
      },
      gitFails: share(0.01),
      slowestGitMs: scheduler.pick([40, 40, 40, 8_000]),
      verifyFails: share(0.05),
      diskFails: share(0.04),
      diskFills: scheduler.chance(0.8) ? 0 : scheduler.random() * 0.01,
      slowestCommitMs: scheduler.pick([2, 20, 20, 2_000, 2_000, 2_000, 12_000, 50_000]),
      onLimit: scheduler.pick(['wait', 'exit'] as const),
      circuits: drawCircuits(scheduler),
    },
    workers: scheduler.between(1, 4),
    tasks: drawTasks(scheduler),
    mishaps: times(8),
    meddling: times(5),
    clockChanges: times(2),
    requests: times(2),
    rounds: times(2),
    invocations: scheduler.chance(0.7) ? null : scheduler.between(3, 12),
    taskInvocations: scheduler.chance(0.85) ? null : scheduler.between(2, 5),
  }
}

function drawCircuits(scheduler: Scheduler): CircuitRules {
  if (scheduler.chance(0.5)) return DEFAULT_CIRCUITS
  const soon = (level: CircuitLevel): CircuitOptions => ({
    ...DEFAULT_CIRCUITS[level],
    failures: scheduler.between(1, 3),
    rate: null,
    tasks: 1,
    waitMs: 20_000,
    longestWaitMs: 120_000,
    probeMs: 300_000,
    successes: scheduler.between(1, 2),
  })
  return { stage: soon('stage'), worker: soon('worker'), system: soon('system') }
}

/** A graph of tasks, each with a test and a source of its own; some hold a file or a directory with others. */
function drawTasks(scheduler: Scheduler): TaskDefinition[] {
  const keys = Array.from({ length: scheduler.between(1, 5) }, (_, at) => `T${at + 1}`)
  return keys.map((key, at) => {
    const dependsOn = keys.slice(0, at).filter(() => scheduler.chance(0.3))
    return taskOf(key, { dependsOn, shared: drawShared(scheduler) })
  })
}

/** What a task holds beside its own; some of these hold one another. */
export function drawShared(scheduler: Scheduler): string[] {
  return scheduler.chance(0.35) ? [scheduler.pick(SHARED)] : []
}

const SHARED = ['src/common/**', 'src/common/one.src', 'src/common/two.src', 'src/common/deep/**']

export function taskOf(
  key: string,
  over: { readonly dependsOn: readonly string[]; readonly shared: readonly string[] },
): TaskDefinition {
  const tests = [`test/${key}.test`]
  const sources = [sourceOf(key), ...over.shared]
  return {
    ...UNSAID,
    key,
    title: `Build ${key}`,
    goal: `${key} works.`,
    kind: 'implement',
    suite: SUITE.name,
    criteria: [{ id: 'AC-1', text: 'It works.', requirements: [] }],
    tests,
    sources,
    allow: [],
    exports: [],
    verify: [],
    locks: [...tests, ...sources],
    dependsOn: over.dependsOn,
  }
}

export function runOf({ tasks }: Scenario): NewRun {
  return {
    id: RUN,
    title: 'Plan',
    suites: [SUITE],
    limits: DEFAULT_LIMITS,
    agent: 'simulated',
    requirements: [],
    planTexts: [],
    tasks,
  }
}

export const SUITE: Suite = {
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

export const AUTHOR = { name: 'Ada', email: 'ada@example.com' }

/** A repository with one commit on `main`. */
export function newRepository(): SimulatedRepository {
  const repository = new SimulatedRepository()
  const base = commitFiles(repository, null, {
    'src/seed.src': 'seed\n',
    'src/shared.src': 'nobody\n',
    'test/seed.test': testLine({ name: 'the seed is there', path: 'src/seed.src', word: 'seed' }),
  })
  repository.refs.set('refs/heads/main', base)
  repository.refs.set('HEAD', base)
  return repository
}

/** What a person commits. */
export function commitFiles(
  repository: SimulatedRepository,
  parent: string | null,
  texts: Readonly<Record<string, string | null>>,
): string {
  const before = parent === null ? repository.emptyTree : repository.commit(parent).tree
  const files = Object.entries(texts).map(
    ([path, text]) => [path, text === null ? null : { mode: '100644', content: Buffer.from(text) }] as const,
  )
  return repository.makeCommit({
    tree: repository.compose(before, new Map(files)),
    parents: parent === null ? [] : [parent],
    message: 'By hand\n',
    author: AUTHOR,
    committer: AUTHOR,
    at: 0,
  })
}
