import { type AgentEvent, type AgentResult, boundedUsage, NO_USAGE, type Usage } from '../agents/agent.ts'
import type { BudgetRefusal } from '../domain/budget.ts'
import { SetAside } from '../domain/set-aside.ts'
import { type AgentGround, agentRequest } from './agent-request.ts'
import { promptNote } from './attempt-prompt.ts'
import type { RunContext } from './context.ts'
import type { RunningStage } from './stage-call.ts'
import { trialRuns } from './trial-run.ts'
import { UsageKeeper } from './usage-keeper.ts'

export interface Worked {
  readonly result: AgentResult
  readonly usage: Usage
  /** The budget for which it was ended in its middle; null where it was not. */
  readonly overdraft: BudgetRefusal | null
}

/** Usage is stored as it streams, but not more often than this. */
const USAGE_EVERY_MS = 250

/** Hears an agent to its end: what it says is kept, what it uses stored, what its provider says told to the run. */
export async function letAgentWork(
  context: RunContext,
  running: RunningStage,
  ground: AgentGround,
): Promise<Worked> {
  const { agent } = context
  await using trials = trialRuns(context, running, ground.tree)
  const worked: Mutable<Worked> = { result: ENDED_SILENTLY, usage: NO_USAGE, overdraft: null }
  const overdrawn = new AbortController()
  /** What it means that a limit ended it: whatever it told, what it left may not be all of it, or is removed already. */
  const cut: { by: AgentResult | null } = { by: null }
  const keeper = usageKeeper(context, running, (refusal) => {
    worked.overdraft = refusal
    overdrawn.abort()
  })
  const request = agentRequest(context, running, { ...ground, trials, onCut: (by) => (cut.by = by) })
  running.spent.called = true
  const ended = running.trace.agent(agent.name)
  const transcript = beginTranscript(context, running, ground)
  const listen = async (): Promise<void> => {
    const stop = AbortSignal.any([running.call.signal, overdrawn.signal])
    for await (const told of agent.run(request, stop)) {
      const event = believed(told, cut.by)
      transcript.hear(event)
      if (event.kind === 'usage') {
        worked.usage = event.usage
        running.spent.usage = event.usage
        keeper.tell(event.usage)
      } else if (event.kind === 'window') await context.windows.hear(event)
      else if (event.kind === 'limited') await context.provider.limit(event.cause, event.until)
      else if (event.kind === 'result') worked.result = event.result
    }
  }
  try {
    // While no program of it runs, it waits for its provider.
    await running.meter.during('wait', listen)
  } finally {
    running.turn?.leave(SERVED.includes(worked.result.kind))
    ended(worked.result, worked.usage)
    await Promise.all([keeper.end(), transcript.end()])
  }
  running.spent.ended = agent.metering === undefined || hasToldAll(worked.result)
  return worked
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** What was ended by us, or died, may have asked for an answer whose use it had no time to tell. */
function hasToldAll(result: AgentResult): boolean {
  if (result.kind === 'gave_up') return !['crash', 'timeout', 'stalled'].includes(result.cause)
  return result.kind !== 'aborted'
}

/** What an agent tells, with what is known better. */
function believed(told: AgentEvent, cutBy: AgentResult | null): AgentEvent {
  if (told.kind === 'usage') return { ...told, usage: boundedUsage(told.usage) }
  return told.kind === 'result' && cutBy !== null ? { ...told, result: cutBy } : told
}

const ENDED_SILENTLY: AgentResult = {
  kind: 'gave_up',
  cause: 'crash',
  detail: 'the agent ended without a result',
}
/** Ends of which the provider had its part. */
const SERVED: readonly string[] = ['done', 'disputed', 'gave_up']

/** Stores what it tells, and asks whether it may go on; where an agent tells its use, what a kill may make of it is set aside, too. */
function usageKeeper(
  { store, clock, agent, budget }: RunContext,
  { call, attempt, terms }: RunningStage,
  onOverdraft: (refusal: BudgetRefusal) => void,
): UsageKeeper {
  const aside = agent.metering === undefined ? null : new SetAside(NO_USAGE)
  return new UsageKeeper({
    record: async (told) => {
      const used = { invocations: 1, ...told }
      const setAside = aside === null ? [] : [{ invocations: 1, ...aside.hear(told) }]
      await store.recordUsage(attempt, used, ...setAside)
      const refusal = terms === null ? null : await budget.overdraft(call.claim, terms, used)
      if (refusal !== null) onOverdraft(refusal)
    },
    clock,
    everyMs: USAGE_EVERY_MS,
  })
}

function beginTranscript(
  { transcripts, agent }: RunContext,
  { call, attempt }: RunningStage,
  { prompt }: AgentGround,
): ReturnType<RunContext['transcripts']['begin']> {
  const { claim, step } = call
  const task = claim.task.definition.key
  const transcript = transcripts.begin({
    run: claim.run,
    task,
    stage: step.stage,
    attempt,
    agent: agent.name,
  })
  const note = promptNote(prompt)
  if (note !== null) transcript.note(note)
  return transcript
}
