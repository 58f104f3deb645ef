import { type Budgets, NO_LIMITS } from '../../src/domain/budget.ts'
import { DEFAULT_TEMPLATES } from '../../src/domain/commit-message.ts'
import { NO_RULES } from '../../src/engine/budget-keeper.ts'
import { type RunEnding, runPlan } from '../../src/engine/run.ts'
import { settleTarget } from '../../src/engine/settle-target.ts'
import { ownTemplates } from '../../src/prompts/templates.ts'
import { hasEnded, type Run } from '../../src/store/store.ts'
import type { Mark } from './agent.ts'
import type { Faults } from './faults.ts'
import { isDead } from './owners.ts'
import type { SimulatedRepository } from './repository.ts'
import { AUTHOR, RUN, type Scenario } from './scenario.ts'
import type { Scheduler, SimulatedProcess } from './scheduler.ts'
import { openSimulatedStore, type SimulatedDisk } from './store.ts'
import { simulatedWorld } from './world.ts'

/** What outlives every process. */
export interface Outside {
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly scenario: Scenario
  readonly repository: SimulatedRepository
  readonly disk: SimulatedDisk
  readonly ledger: Mark[]
  /** Of the engine, in the order of their numbers. */
  readonly processes: SimulatedProcess[]
}

interface Start {
  readonly process: SimulatedProcess
  readonly pid: number
  /** Calls of agents that the run may have made once this process ends. */
  readonly invocations: number | null
  /** Ctrl-C, once and twice. */
  readonly winding: AbortSignal
  readonly stopping: AbortSignal
}

/** One process of the program, from its start to its end: how the run stands then; null where another one owns the store. */
export async function runEngine(
  outside: Outside,
  start: Start,
): Promise<(Pick<RunEnding, 'pausedBy' | 'resumeAt'> & { readonly state: Run['state'] }) | null> {
  const { scheduler, faults, scenario, repository, disk, ledger, processes } = outside
  const { process, pid, invocations, winding, stopping } = start
  const { weather, workers } = scenario
  const owner = { host: 'simulated', bootId: 'boot', pid, processStart: String(pid) }
  const opening = { disk, scheduler, process, faults, weather }
  const store = await openSimulatedStore(opening, {
    owner,
    isDead: (other) => isDead(processes, other),
    passing: false,
  })
  if (store === null) return null
  try {
    const run = await store.run(RUN)
    if (run === null) throw new Error('the run is gone')
    if (hasEnded(run.state)) return { state: run.state, pausedBy: null, resumeAt: null }
    const { world, agent } = simulatedWorld({
      scheduler,
      faults,
      process,
      repository,
      store,
      weather,
      ledger,
    })
    const target = await settleTarget(world, { run, title: run.title, asked: null, byFlag: false })
    return await runPlan(world, {
      run,
      agent,
      workers,
      target,
      branches: pid % 2 === 0,
      refactor: false,
      commits: { author: AUTHOR, signer: null, messages: DEFAULT_TEMPLATES },
      rules: { ...NO_RULES, budgets: budgetsOf(invocations, scenario.taskInvocations) },
      prompts: { templates: ownTemplates(), room: 10_000 },
      winding,
      stopping,
      report: () => undefined,
    })
  } finally {
    await store.close()
  }
}

function budgetsOf(ofRun: number | null, ofTask: number | null): Budgets {
  return {
    ...NO_RULES.budgets,
    run: { ...NO_LIMITS, invocations: ofRun },
    task: { ...NO_LIMITS, invocations: ofTask },
  }
}
