import type { PlanLimits } from '../domain/plan.ts'
import { OrchestratorError } from '../errors.ts'
import type { Run, Store } from '../store/store.ts'
import { type Confirm, confirmCommands } from './confirm-commands.ts'
import { limitsOf, readPlan } from './ingest.ts'
import type { Engine } from './open.ts'

/**
 * Every plan of the current run from the beginning, as one run of its own. Their commands are confirmed anew: what was of
 * the configuration when they were ingested was shown to nobody, and may have been taken out since.
 */
export async function startAgain(engine: Engine, confirm: Confirm): Promise<Run> {
  const { store, clock } = engine.world
  const before = await requirePlan(store)
  if (before.state === 'planned') return before
  const planTexts = await store.planTexts(before.id)
  const plans = []
  for (const text of planTexts) plans.push(await readPlan(engine, { text, fileName: before.title }))
  await confirmCommands(plans, { suites: engine.suites, name: before.title, confirm })
  const run = clock.id(10)
  await store.createRun(
    {
      id: run,
      title: before.title,
      suites: [
        ...new Map(plans.flatMap(({ suites }) => suites).map((suite) => [suite.name, suite])).values(),
      ],
      limits: limitsOf(
        engine,
        plans.reduce<PlanLimits>((all, { limits }) => ({ ...all, ...limits }), {}),
      ),
      agent: before.agent,
      requirements: plans.flatMap(({ requirements }) => requirements),
      planTexts,
      tasks: plans.flatMap(({ tasks }) => tasks),
    },
    clock.now(),
  )
  const made = await store.run(run)
  if (made === null) throw new Error(`the run ${run} was made and is gone`)
  return made
}

/** The current run; without a plan there is none. Throws `nothing_to_run`. */
export async function requirePlan(store: Pick<Store, 'currentRun'>): Promise<Run> {
  const current = await store.currentRun()
  if (current !== null) return current
  throw new OrchestratorError('nothing_to_run', 'no plan was ingested yet', {
    hint: 'Hand in a plan first: orchestrator ingest plan.json',
  })
}
