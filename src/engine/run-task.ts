import { nextStep, type Step } from '../domain/next-step.ts'
import type { Claim } from '../store/store.ts'
import type { RunContext } from './context.ts'
import { runStage } from './run-stage.ts'

/** Stages of one claimed task until there is none left to run, or the run winds down. Answers what is to become of it. */
export async function runTask(
  context: RunContext,
  claim: Claim,
  signal: AbortSignal,
): Promise<Step | { readonly do: 'wind_down' }> {
  const { definition, generation, acceptedSince } = claim.task
  for (;;) {
    const history = await context.store.history(claim.run, definition.key)
    const attempts = history.attempts.filter((attempt) => attempt.generation >= acceptedSince)
    const returns = history.returns.filter((landingReturn) => landingReturn.generation >= acceptedSince)
    const step = nextStep(
      definition,
      { attempts, returns },
      { limits: context.limits, now: context.clock.now(), generation },
    )
    if (step.do !== 'attempt') return step
    if (context.winding.aborted) return { do: 'wind_down' }
    await runStage(context, { claim, step, attempts: history.attempts, signal })
  }
}
