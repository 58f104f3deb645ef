import type { Step } from '../domain/next-step.ts'
import type { Claim } from '../store/store.ts'
import type { RunContext } from './context.ts'
import { runStage } from './run-stage.ts'
import { stepOf } from './step-of.ts'

/** Stages of one claimed task until there is none left to run, or the run winds down. Answers what is to become of it. */
export async function runTask(
  context: RunContext,
  claim: Claim,
  signal: AbortSignal,
): Promise<Step | { readonly do: 'wind_down' }> {
  for (;;) {
    const { step, whole } = await stepOf(context, claim.task)
    if (step.do !== 'attempt') return step
    if (context.winding.aborted) return { do: 'wind_down' }
    await runStage(context, { claim, step, attempts: whole.attempts, signal })
  }
}
