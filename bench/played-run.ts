import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { DEFAULT_CIRCUITS } from '../src/domain/circuit-options.ts'
import { DEFAULT_TEMPLATES } from '../src/domain/commit-message.ts'
import type { TaskDefinition } from '../src/domain/plan.ts'
import { NO_RULES } from '../src/engine/budget-keeper.ts'
import { runPlan } from '../src/engine/run.ts'
import { settleTarget } from '../src/engine/settle-target.ts'
import { ownTemplates } from '../src/prompts/templates.ts'
import { systemClock } from '../src/runtime/clock.ts'
import type { Store } from '../src/store/store.ts'
import { Faults } from '../test/simulation/faults.ts'
import { AUTHOR, newRepository, runOf, type Scenario, type Weather } from '../test/simulation/scenario.ts'
import { Scheduler, type SimulatedProcess } from '../test/simulation/scheduler.ts'
import { simulatedWorld } from '../test/simulation/world.ts'

interface PlayedRun {
  readonly store: Store
  /** Of the run, which no other in the store has. */
  readonly id: string
  readonly tasks: readonly TaskDefinition[]
  readonly workers: number
  /** How many times faster than agents and tests really are. */
  readonly speed: number
  /** Ends it at once, as a person does who presses Ctrl-C twice. Default: it goes on to its end. */
  readonly until?: AbortSignal
}

interface Played {
  readonly attempts: number
  readonly landed: number
}

const CALM: Weather = {
  temper: { clumsy: 0, careless: 0, frail: 0, limited: 0, broken: 0, disputing: 0, hanging: 0, silent: 0 },
  gitFails: 0,
  slowestGitMs: 1,
  verifyFails: 0,
  diskFails: 0,
  diskFills: 0,
  slowestCommitMs: 0,
  onLimit: 'wait',
  circuits: DEFAULT_CIRCUITS,
}

/**
 * A run from its first claim to its last landing in this process: engine, domain and store are the real ones, the store with
 * its thread and its file, by the time of the clock. Git, slots, commands and agents are those of the simulation, which cost
 * next to nothing, so that what is left is ours.
 */
export async function playRun({ store, id, tasks, workers, speed, until }: PlayedRun): Promise<Played> {
  const scenario: Scenario = {
    weather: CALM,
    workers,
    tasks: [...tasks],
    mishaps: 0,
    meddling: 0,
    clockChanges: 0,
    requests: 0,
    rounds: 0,
    invocations: null,
    taskInvocations: null,
  }
  const scheduler = new RealTime(speed)
  await store.createRun({ ...runOf(scenario), id }, systemClock.now())
  const run = await store.run(id)
  if (run === null) throw new Error('the run is gone')
  const process: SimulatedProcess = { name: 'bench', alive: true, stoppedUntil: 0 }
  const faults = new Faults(scheduler, new Set())
  const parts = { scheduler, faults, process, repository: newRepository(), store, weather: CALM, ledger: [] }
  const { world: played, agent } = simulatedWorld(parts)
  const world = { ...played, clock: systemClock }
  const stop = until ?? new AbortController().signal
  await runPlan(world, {
    run,
    agent,
    workers,
    target: await settleTarget(world, { run, title: run.title, asked: null, byFlag: false }),
    branches: false,
    refactor: false,
    commits: { author: AUTHOR, signer: null, messages: DEFAULT_TEMPLATES },
    rules: NO_RULES,
    prompts: { templates: ownTemplates(), room: 10_000 },
    winding: stop,
    stopping: stop,
    report: (thrown) => {
      throw thrown
    },
  })
  const landed = await store.landed(id)
  const { attempts } = await store.spend(id)
  return { attempts, landed: landed.length }
}

/** The doors of the simulation by the time of the clock. */
class RealTime extends Scheduler {
  readonly #speed: number

  constructor(speed: number) {
    super(1)
    this.#speed = speed
  }

  override get now(): number {
    return systemClock.now()
  }

  override async wait(_: SimulatedProcess, _door: string, ms = 0, signal?: AbortSignal): Promise<void> {
    const wait = ms / this.#speed
    if (wait < 1) await setImmediate()
    else await sleep(wait, null, { signal }).catch(() => undefined)
  }
}
