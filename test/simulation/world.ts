import type { Agent } from '../../src/agents/agent.ts'
import type { World } from '../../src/engine/context.ts'
import { createProjectsCache } from '../../src/engine/project-facts.ts'
import { createTreeFactsCache } from '../../src/engine/tree-facts.ts'
import { UsedSlots } from '../../src/engine/used-slots.ts'
import { OrchestratorError } from '../../src/errors.ts'
import { NOTHING_INCLUDED } from '../../src/git/included-files.ts'
import { Recent } from '../../src/git/recent.ts'
import { Bulkhead } from '../../src/runtime/bulkhead.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import type { Exec } from '../../src/runtime/exec.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import type { Store } from '../../src/store/store.ts'
import { type Mark, simulatedAgent } from './agent.ts'
import type { Faults } from './faults.ts'
import { type Door, simulatedGit } from './git.ts'
import type { SimulatedRepository } from './repository.ts'
import type { Weather } from './scenario.ts'
import type { Scheduler, SimulatedProcess } from './scheduler.ts'
import { SimulatedTrees } from './trees.ts'
import { simulatedVerifier } from './verify.ts'

interface WorldParts {
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly process: SimulatedProcess
  readonly repository: SimulatedRepository
  readonly store: Store
  readonly weather: Weather
  readonly ledger: Mark[]
}

/** What a process of the simulation works with: the real engine, store and domain; git, slots, commands and agents played. */
export function simulatedWorld(parts: WorldParts): { readonly world: World; readonly agent: Agent } {
  const { scheduler, faults, process, repository, store, weather, ledger } = parts
  const clock = simulatedClock(scheduler, process)
  const door = doorOf(parts)
  const git = simulatedGit(repository, door)
  const trees = new SimulatedTrees(repository, door)
  const world: World = {
    clock,
    exec: NO_COMMANDS,
    git,
    trees,
    settings: {
      leaseMs: 60_000,
      verificationSlots: 2,
      cores: 2,
      repeats: 1,
      baselineRepeats: 0,
      memoryBytes: null,
      processes: null,
      setUpAgents: true,
      diskBytes: null,
      setupDiskBytes: null,
      onLimit: weather.onLimit,
      circuits: weather.circuits,
      auditMs: 86_400_000,
    },
    verification: new Bulkhead(2),
    hidden: [],
    visible: [],
    ownCode: '',
    environment: {},
    secrets: { values: [], certain: [] },
    setupTrust: { tree: null, secrets: {} },
    places: { env: {}, teardown: {}, copySetup: {}, secrets: [] },
    included: NOTHING_INCLUDED,
    usedSlots: new UsedSlots(),
    ports: {
      of: () => Promise.resolve(null),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    images: null,
    versions: new Map(),
    treeFacts: createTreeFactsCache(),
    texts: new Recent(1_000_000),
    projects: createProjectsCache(),
    held: new Recent(100),
    onBlindSlot: null,
    contained: true,
    openVerifier: ({ verification }, { rank, signal, meter }) =>
      simulatedVerifier(repository, async (what) => {
        const run = (): Promise<void> =>
          verification.within({ rank, signal }, async () => {
            await scheduler.wait(process, `verify.${what}`, scheduler.between(100, 30_000), signal)
            signal.throwIfAborted()
            if (faults.strikes('a measurement fails', weather.verifyFails))
              throw new OrchestratorError('setup_failed', `${what} failed`)
          })
        await (meter === undefined ? run() : meter.during('verify', run))
      }),
    store,
    faults: createLogger({ sink: () => undefined, clock }),
    transcripts: {
      begin: () => ({ note: () => undefined, hear: () => undefined, end: () => Promise.resolve() }),
      prune: () => Promise.resolve(),
    },
    underWay: new Map(),
  }
  const filesIn = (directory: string): Map<string, string> => {
    const files = trees.files.get(directory)
    if (files === undefined) throw new Error(`nothing lies at ${directory}`)
    return files
  }
  return {
    world,
    agent: simulatedAgent({ scheduler, faults, process, temper: weather.temper, ledger, filesIn }),
  }
}

/** Calls of git and of slots are late, fail, or fail with their effect. */
function doorOf({ scheduler, faults, process, weather }: WorldParts): Door {
  const maySlow = faults.allows('git is slow')
  return async (name, effect) => {
    const ms = scheduler.between(0, weather.slowestGitMs)
    if (ms > SLOW_MS && maySlow) faults.note('git is slow')
    await scheduler.wait(process, name, maySlow ? ms : 0)
    const failsBehind = faults.strikes('git fails behind its effect', weather.gitFails / 2)
    const fails = faults.strikes('git fails', weather.gitFails / 2)
    const value = fails ? null : { of: effect() }
    if (isFenced(value?.of)) faults.note('a landing that wakes up late is refused by the fence')
    await scheduler.wait(process, `${name}.done`)
    if (failsBehind || value === null)
      throw new OrchestratorError(name.startsWith('trees') ? 'slot_failed' : 'git_failed', `${name} failed`)
    return value.of
  }
}

const SLOW_MS = 2_000

function isFenced(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'fenced'
}

export function simulatedClock(scheduler: Scheduler, process: SimulatedProcess): Clock {
  return {
    now: () => scheduler.wall,
    monotonic: () => scheduler.now,
    sleep: (ms, signal) => scheduler.wait(process, 'sleep', ms, signal),
    random: () => scheduler.random(),
    id: () => scheduler.id(),
  }
}

const none = (): never => {
  throw new Error('no command runs in the simulation')
}

const NO_COMMANDS: Exec = {
  host: none,
  hostSession: none,
  contained: none,
  containment: () => Promise.resolve({ contained: true, by: 'bubblewrap', advice: null }),
  endOrphans: () => Promise.resolve(0),
}
