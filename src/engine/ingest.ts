import { symlinkProblems } from '../config/symlinks.ts'
import { DEFAULT_LIMITS, type Limits } from '../domain/limits.ts'
import { limitsOfRun } from './command-limits.ts'
import { differingLimits } from '../domain/differing-limits.ts'
import type { Plan, PlanLimits } from '../domain/plan.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import { problemsError } from '../protocol/document.ts'
import type { IngestReport } from '../protocol/output/ingest-report.ts'
import { parsePlan } from '../protocol/read-plan.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import { hasEnded, type Run, type Store } from '../store/store.ts'
import type { World } from './context.ts'
import { type Confirm, confirmCommands } from './confirm-commands.ts'
import { knownSecrets } from './known-secrets.ts'
import { suitesAt } from './survey.ts'

export interface IngestOptions {
  readonly text: string
  readonly fileName: string
  readonly confirm: Confirm
  readonly agent: string
  /** Make a run of its own although another is unfinished. */
  readonly asNewRun: boolean
}

/** What a plan is checked against. */
interface PlanPlace {
  readonly world: Pick<World, 'git' | 'environment'>
  readonly loaded: LoadedConfig
  readonly suites: readonly Suite[]
}

/** What a plan is checked against and where its tasks go; an engine is one. */
interface IngestPlace {
  readonly world: Pick<World, 'git' | 'clock' | 'environment'> & {
    readonly store: Pick<Store, 'currentRun' | 'createRun' | 'addTasks'>
  }
  readonly loaded: LoadedConfig
  readonly suites: readonly Suite[]
}

/** Checks a plan and puts its tasks into the store: into the current run, or where it has ended into a new one. Bad input changes nothing. */
export async function ingest(engine: IngestPlace, options: IngestOptions): Promise<IngestReport> {
  const { world, suites } = engine
  const plan = await readPlan(engine, options)
  const current = options.asNewRun ? null : await world.store.currentRun()
  const unfinished = current === null || hasEnded(current.state) ? null : current
  if (unfinished !== null) refuseOtherLimits(plan, unfinished, options.fileName)
  await confirmCommands([plan], { suites, name: options.fileName, confirm: options.confirm })
  if (unfinished !== null) {
    const { tasks, suites: planned } = plan
    await world.store.addTasks(
      unfinished.id,
      { tasks, suites: planned, planText: options.text },
      world.clock.now(),
    )
    return {
      run: unfinished.id,
      title: unfinished.title,
      tasks: plan.tasks.length,
      added: true,
      replaced: [],
    }
  }
  const run = world.clock.id(10)
  const replaced = await world.store.createRun(
    {
      id: run,
      title: plan.title,
      suites: plan.suites,
      limits: limitsOf(engine, plan.limits ?? {}),
      agent: options.agent,
      requirements: plan.requirements,
      planTexts: [options.text],
      tasks: plan.tasks,
    },
    world.clock.now(),
  )
  return { run, title: plan.title, tasks: plan.tasks.length, added: false, replaced }
}

/** The plan that a text holds, checked against the repository as it is. */
export async function readPlan(
  { world, loaded, suites }: PlanPlace,
  { text, fileName }: Pick<IngestOptions, 'text' | 'fileName'>,
): Promise<Plan> {
  const head = await world.git.resolve('HEAD')
  const detected = head === null ? suites : await suitesAt(world, head)
  refuseSecrets({ world, loaded }, { text, fileName })
  const plan = parsePlan(text, { fileName, configuredSuites: suites, detectedSuites: detected })
  const links = symlinkProblems(plan, world.git.repository.workTree)
  if (links.length === 0) return plan
  throw problemsError(
    'plan_invalid',
    fileName,
    links.map((problem) => ({ ...problem, line: null })),
  )
}

/** What stands in a plan is stored, and told to agents. */
function refuseSecrets(
  { world, loaded }: Pick<PlanPlace, 'world' | 'loaded'>,
  { text, fileName }: Pick<IngestOptions, 'text' | 'fileName'>,
): void {
  const { certain } = knownSecrets({ config: loaded.config, environment: world.environment })
  const forms = secretForms(certain)
  const line = text.split('\n').findIndex((each) => forms.some((form) => each.includes(form)))
  if (line === -1) return
  throw new OrchestratorError(
    'plan_invalid',
    `${fileName}:${line + 1} holds a secret of yours: the value of a variable that agents or setup are given, or an address of notifications`,
    { hint: 'Take it out: what stands in a plan is stored, and told to agents. Name the variable instead.' },
  )
}

/** The limits of a run are those it began with: tasks that were worked under them are not judged anew. */
function refuseOtherLimits({ limits = {} }: Plan, run: Run, fileName: string): void {
  const differing = differingLimits(limits, run.limits)
  if (differing.length === 0) return
  const lines = differing.map(
    ({ name, asked, inForce }) => `  limits.${name}: ${asked}, in the run ${inForce}`,
  )
  throw new OrchestratorError(
    'plan_invalid',
    `${fileName} sets limits that differ from those of the unfinished run ${run.id}; nothing was added:\n${lines.join('\n')}`,
    {
      hint: 'Leave these limits out to add the plan to that run, or make a run of its own of it, when no run goes on: orchestrator ingest PLAN --new',
    },
  )
}

/** What the plan sets, over the configuration, over the defaults. */
export function limitsOf({ loaded }: Pick<IngestPlace, 'loaded'>, asked: PlanLimits): Limits {
  const set = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
  return { ...DEFAULT_LIMITS, ...limitsOfRun(loaded.config), ...set }
}
