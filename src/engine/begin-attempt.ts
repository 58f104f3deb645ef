import { PERSON } from '../domain/person.ts'
import { NO_SPEND } from '../domain/spend.ts'
import { isAgentStage } from '../domain/stage.ts'
import type { StartedAttempt } from '../store/store.ts'
import type { AttemptTerms } from './attempt-terms.ts'
import type { RunContext } from './context.ts'
import type { ProviderTurn } from './provider-gate.ts'
import type { StageCall } from './stage-call.ts'

type Begun = Exclude<StartedAttempt, { kind: 'over_budget' }> | { readonly kind: 'winding' }

/**
 * Writes the row of an attempt, with what is set aside for it, once every budget holds it. Throws BudgetSpent where one does
 * not; where those that run may turn out to need less than was set aside, it waits for them. Its turn is theirs meanwhile:
 * one of them may have to ask its provider again before it ends.
 */
export async function beginAttempt(
  {
    store,
    clock,
    budget,
    agent,
    winding,
  }: Pick<RunContext, 'store' | 'clock' | 'budget' | 'agent' | 'winding'>,
  { claim, step, signal, person }: StageCall,
  { terms, turn }: { readonly terms: AttemptTerms | null; readonly turn: ProviderTurn | null },
): Promise<Begun> {
  const leaving = AbortSignal.any([signal, winding])
  for (;;) {
    const ticket = budget.ticket()
    const who = person === undefined ? agent.name : PERSON
    const started = await store.startAttempt(
      claim,
      { stage: step.stage, agent: isAgentStage(step.stage) ? who : null, reserved: NO_SPEND, ...terms },
      clock.now(),
    )
    if (started.kind !== 'over_budget') return started
    turn?.rest()
    await budget.refused(started.refusal, ticket, leaving)
    if (leaving.aborted) return { kind: 'winding' }
    await turn?.again(leaving)
  }
}
