import { symlinkProblems } from '../config/symlinks.ts'
import { DEFAULT_LIMITS, type Limits } from '../domain/limits.ts'
import { limitsOfRun } from './command-limits.ts'
import type { Plan } from '../domain/plan.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Command, Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import { problemsError } from '../protocol/document.ts'
import { planCommands } from '../protocol/plan-commands.ts'
import type { IngestReport } from '../protocol/output/ingest-report.ts'
import { parsePlan } from '../protocol/read-plan.ts'
import type { Store } from '../store/store.ts'
import type { World } from './context.ts'
import { suitesAt } from './open.ts'

export interface IngestOptions {
  readonly text: string
  readonly fileName: string
  /** A person's answer to the commands that the plan brings; called only when it brings any. */
  readonly confirm: (commands: readonly Command[]) => Promise<boolean>
  readonly agent: string
  /** Make a run of its own although another is unfinished. */
  readonly asNewRun: boolean
}

/** What a plan is checked against and where its tasks go; an engine is one. */
export interface IngestPlace {
  readonly world: Pick<World, 'git' | 'clock'> & {
    readonly store: Pick<Store, 'unfinishedRun' | 'createRun' | 'addTasks'>
  }
  readonly loaded: LoadedConfig
  readonly suites: readonly Suite[]
}

/** Checks a plan and puts its tasks into the store: into the unfinished run, or into a new one. Bad input changes nothing. */
export async function ingest(engine: IngestPlace, options: IngestOptions): Promise<IngestReport> {
  const { world, suites } = engine
  const head = await world.git.resolve('HEAD')
  const detected = head === null ? suites : await suitesAt(world, head)
  const plan = parsePlan(options.text, {
    fileName: options.fileName,
    configuredSuites: suites,
    detectedSuites: detected,
  })
  const links = symlinkProblems(plan, world.git.repository.root)
  if (links.length > 0) {
    throw problemsError(
      'plan_invalid',
      options.fileName,
      links.map((problem) => ({ ...problem, line: null })),
    )
  }
  const brought = planCommands(plan, suites)
  if (brought.length > 0 && !(await options.confirm(brought))) {
    throw new OrchestratorError(
      'commands_unconfirmed',
      `${options.fileName} brings commands that nobody confirmed:\n${brought.map((command) => `  ${JSON.stringify(command)}`).join('\n')}`,
      { hint: 'Read them, then add --trust-commands; or put them into .tdd/config.toml.' },
    )
  }
  const unfinished = options.asNewRun ? null : await world.store.unfinishedRun()
  if (unfinished !== null) {
    await world.store.addTasks(unfinished.id, plan.tasks, plan.suites, world.clock.now())
    return { run: unfinished.id, title: unfinished.title, tasks: plan.tasks.length, added: true }
  }
  const run = world.clock.id(10)
  await world.store.createRun(
    {
      id: run,
      title: plan.title,
      suites: plan.suites,
      limits: limitsOf(engine, plan),
      agent: options.agent,
      requirements: plan.requirements,
      planText: options.text,
      tasks: plan.tasks,
    },
    world.clock.now(),
  )
  return { run, title: plan.title, tasks: plan.tasks.length, added: false }
}

function limitsOf(engine: Pick<IngestPlace, 'loaded'>, plan: Plan): Limits {
  const set = Object.fromEntries(Object.entries(plan.limits ?? {}).filter(([, value]) => value !== undefined))
  return { ...DEFAULT_LIMITS, ...limitsOfRun(engine.loaded.config), ...set }
}
