import { resolve } from 'node:path'
import { collectorOf } from '../config/collector.ts'
import { receiversOf } from '../config/receivers.ts'
import { type AgentChoice, agentChoice } from '../domain/agent-choice.ts'
import type { Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import type { RunReport } from '../protocol/output/run-report.ts'
import { hasEnded, type Run } from '../store/store.ts'
import { withoutSecrets } from '../agents/without-secrets.ts'
import type { BudgetLimits } from '../domain/budget.ts'
import { chooseAgent } from './choose-agent.ts'
import { commitSettings } from './commit-settings.ts'
import type { Confirm } from './confirm-commands.ts'
import { promptSettings } from './prompt-settings.ts'
import { requireVisibleAgent } from './hidden-agent.ts'
import { Notifications } from './notifications.ts'
import type { Engine } from './open.ts'
import { openTrace } from './open-trace.ts'
import { type RunEnding, runPlan } from './run.ts'
import type { RunTrace } from './run-trace.ts'
import { requireClaude } from './require-claude.ts'
import { requireFileNames } from './require-file-names.ts'
import { reportRun } from './run-report.ts'
import { isTargetFlag } from './require-target.ts'
import { spendingRules, unpricedModels } from './spending-rules.ts'
import { settleTarget } from './settle-target.ts'
import { unsetVariables } from './unset-variables.ts'
import { tearDown } from './tear-down.ts'
import { requirePlan, startAgain } from './start-again.ts'

export interface ExecuteOptions extends AgentChoice {
  /** `continue` the current run, or where it has ended another that waits, insist on one (`resume`), or start the plan again (`new`). */
  readonly which: 'continue' | 'resume' | 'new'
  /** Asked where plans are started again. Left out, nobody confirms what is not configured. */
  readonly confirm?: Confirm
  readonly workers: number
  readonly target: string | null
  readonly branches: boolean
  /** Whether what is verified is tidied up before it lands. */
  readonly refactor: boolean
  /** Whether landings wait for a person; null leaves it as the run had it. Default null. */
  readonly approve?: boolean | null
  readonly budget: BudgetLimits
  readonly winding: AbortSignal
  readonly stopping: AbortSignal
  readonly report: (thrown: unknown) => void
  /** Told once the run is chosen, before anything starts. */
  readonly onRun: (run: Run, resumed: boolean) => void
  /** Told before a suite is set up for the run. Default: nobody is. */
  readonly onSetup?: (suite: Suite) => void
  /** Told what is missing for something beside the run that was asked for. Default: nobody is. */
  readonly warn?: (line: string) => void
}

/** `orchestrator run`: chooses the run, works it, and reports what it did. */
export async function executeRun(engine: Engine, options: ExecuteOptions): Promise<RunReport> {
  const { world, loaded } = engine
  const receivers = receiversOf(loaded)
  const { endpoint } = loaded.config.telemetry
  const collector = collectorOf({ endpoint, environment: world.environment })
  const before =
    options.which === 'new' ? await requirePlan(world.store) : await chooseRun(engine, options.which)
  const unfinished = options.which === 'new' ? null : before
  const choice = agentChoice(options, unfinished?.startedWith ?? null)
  const agent = withoutSecrets(await chooseAgent(engine, choice), world.secrets.values)
  await requireVisibleAgent(engine, agent.name)
  const prompts = await promptSettings({ git: world.git, config: loaded.config }, agent.name)
  if (agent.name === 'claude') await requireClaude(engine)
  const rules = spendingRules(loaded.config, options.budget)
  const commits = await commitSettings(world.git, loaded.config.git)
  const target = await settleTarget(world, {
    run: unfinished,
    title: before.title,
    asked: options.target,
    byFlag: isTargetFlag(loaded),
    branches: options.branches,
  })
  await requireFileNames(engine, target.head ?? target.base)
  const run = unfinished ?? (await startAgain(engine, options.confirm ?? nobodyConfirms))
  await world.store.keepAgent(run.id, withWholePath(choice))
  const { approve = null } = options
  if (approve !== null) await world.store.requireApproval(run.id, approve)
  await world.store.keepTemplates(run.id, prompts.templates)
  options.onRun(run, run.startedAt !== null)
  const startedAt = world.clock.monotonic()
  const { throttleMs } = loaded.config.notify
  const telling = { run: run.id, receivers, throttleMs, stopping: options.stopping }
  await using notifications = new Notifications(world, telling)
  await notifications.start()
  const { warn = () => undefined, report } = options
  const { clock } = world
  for (const line of [...unpricedModels(agent, rules.prices), ...unsetVariables(engine, agent.name)])
    warn(line)
  await using open = await openTrace({ run: run.id, collector, clock, warn, onFault: report })
  const ending = await traced(open.trace, () =>
    runPlan(world, { ...options, run, agent, rules, commits, prompts, target, trace: open.trace }),
  )
  for (const line of await tearDown(world, options.stopping)) warn(line)
  const wallMs = world.clock.monotonic() - startedAt
  await notifications.stop()
  return reportRun(world, { run: run.id, ending, wallMs, workers: options.workers })
}

async function traced(trace: RunTrace, work: () => Promise<RunEnding>): Promise<RunEnding> {
  try {
    const ending = await work()
    trace.ended(ending.state, ending.state === 'incomplete' ? 'incomplete' : null)
    return ending
  } catch (thrown) {
    trace.ended('failed', thrown instanceof OrchestratorError ? thrown.code : 'fault')
    throw thrown
  }
}

/** It may go on in another directory. */
function withWholePath({ sessionFile, ...choice }: AgentChoice): AgentChoice {
  return { ...choice, sessionFile: sessionFile === null ? null : resolve(sessionFile) }
}

const nobodyConfirms: Confirm = () => Promise.resolve(false)

/** The current run; where that has ended, another that waits. One that never began cannot be resumed in its place. */
async function chooseRun(engine: Engine, which: 'continue' | 'resume'): Promise<Run> {
  const { store } = engine.world
  const current = await store.currentRun()
  if (current !== null && !hasEnded(current.state)) return current
  const waiting = await store.unfinishedRun()
  if (waiting !== null && (which === 'continue' || waiting.startedAt !== null)) return waiting
  if (which === 'resume') {
    throw new OrchestratorError('nothing_to_run', 'there is no unfinished run to resume', {
      hint: 'Start one with `orchestrator run`.',
    })
  }
  throw new OrchestratorError(
    'nothing_to_run',
    current === null ? 'no plan was ingested yet' : 'the last run has ended',
    {
      hint:
        current === null
          ? 'Hand in a plan first: orchestrator ingest plan.json'
          : 'Ingest another plan, or start the same one again with --new.',
    },
  )
}
