import { NO_USAGE, type Usage } from '../agents/agent.ts'
import { alternativesTo } from '../domain/attempt-model.ts'
import { retryDelayMs } from '../domain/retry.ts'
import { isAgentStage } from '../domain/stage.ts'
import { OrchestratorError, messageOf } from '../errors.ts'
import type { CircuitHold } from '../store/circuit-records.ts'
import type { AttemptEnd } from '../store/store.ts'
import { beginAttempt } from './begin-attempt.ts'
import type { RunContext } from './context.ts'
import { WorkLost } from './work-lost.ts'
import { LeaseLost } from './lease-keeper.ts'
import { Meter } from './meter.ts'
import type { ProviderTurn } from './provider-gate.ts'
import { ResourceTally } from './resource-tally.ts'
import type { RunningStage, StageCall, StageEnd } from './stage-call.ts'
import { personStage } from './person-stage.ts'
import { verifyStage } from './verify-stage.ts'
import { workStage } from './work-stage.ts'

/** A circuit is open that the stage would run under: the task gives way, nothing failed. */
export class StageHeld extends Error {
  readonly hold: CircuitHold

  constructor(stage: string, hold: CircuitHold) {
    super(
      hold.level === 'stage'
        ? `its ${stage.toUpperCase()} failed too often in a row`
        : `the circuit of the ${hold.level === 'worker' ? 'worker' : 'run'} opened`,
    )
    this.name = 'StageHeld'
    this.hold = hold
  }
}

/** Waits for the provider and for budgets that hold it, writes the attempt's row, lets the agent work or the commands verify, judges, and records the end in one transaction. */
export async function runStage(context: RunContext, call: StageCall): Promise<void> {
  if (!callsAgent(call)) return attempt(context, call, null)
  // Nothing new begins while the run winds down, however long it waits here.
  const turn = await context.provider.enter(AbortSignal.any([call.signal, context.winding]))
  try {
    await attempt(context, call, turn)
  } finally {
    turn.leave(false)
  }
}

function callsAgent({ step, person }: StageCall): boolean {
  return isAgentStage(step.stage) && person === undefined
}

async function attempt(context: RunContext, call: StageCall, turn: ProviderTurn | null): Promise<void> {
  const { clock } = context
  const { claim, step } = call
  const terms = callsAgent(call) && isAgentStage(step.stage) ? context.budget.terms(call, step.stage) : null
  const started = await beginAttempt(context, call, { terms, turn })
  if (started.kind === 'winding') return
  if (started.kind === 'held') throw new StageHeld(step.stage, started)
  if (started.kind !== 'started') throw new LeaseLost(claim.task.definition.key)
  if (call.person === undefined) await noteWorking(context, call)
  const running: RunningStage = {
    call,
    attempt: started.attempt,
    terms,
    turn,
    meter: new Meter(clock),
    tally: new ResourceTally(clock.monotonic()),
    trace: context.trace.attempt({ task: claim.task.definition.key, stage: step.stage, id: started.attempt }),
    spent: { usage: NO_USAGE, called: false, ended: false },
  }
  const end = await stageEnd(context, running)
  const recorded = await record(context, running, end)
  if (terms !== null && isAgentStage(step.stage)) {
    const { called, ended } = running.spent
    // What was stopped or cut off says nothing of how much an attempt needs.
    const isWhole = called && ended && end.outcome.kind !== 'lost'
    const spend = isWhole ? { invocations: 1, ...end.usage } : null
    context.budget.settled({ stage: step.stage, tier: terms.model.tier }, spend)
  }
  if (!recorded) throw new LeaseLost(claim.task.definition.key)
}

async function noteWorking({ store, clock }: RunContext, { claim, step }: StageCall): Promise<void> {
  const at = { task: claim.task.definition.key, stage: step.stage, since: clock.now() }
  await store.noteWorker({ run: claim.run, worker: claim.worker, state: 'working', ...at }, clock.now())
}

/** False where the task was lost meanwhile: then whoever took it has ended the attempt, and that is what the trace tells. */
async function record(context: RunContext, running: RunningStage, end: StageEnd): Promise<boolean> {
  const { call, attempt, tally, trace } = running
  const { run, task } = call.claim
  const { store, clock } = context
  let told: StageEnd['outcome'] = LOST
  try {
    const recorded = await store.finishAttempt(
      call.claim,
      attempt,
      attemptEnd(context, end, running),
      clock.now(),
    )
    if (recorded) told = end.outcome
    else {
      const { attempts } = await store.history(run, task.definition.key)
      const stored = attempts.find(({ id }) => id === attempt)?.outcome ?? LOST
      if (stored.kind !== 'running') told = stored
    }
    return recorded
  } finally {
    trace.ended(told, tally.totals())
  }
}

const LOST = { kind: 'lost', cause: 'crash', detail: 'its end could not be recorded', retryAt: null } as const

/** Whatever is thrown below is the machine's fault or ours, never the agent's: the attempt is lost, not refused. */
async function stageEnd(context: RunContext, running: RunningStage): Promise<StageEnd> {
  try {
    const isVerified = !isAgentStage(running.call.step.stage)
    const stage = isVerified ? verifyStage : running.call.person === undefined ? workStage : personStage
    const end = await stage(context, running)
    const judged = end.outcome.kind === 'accepted' || end.outcome.kind === 'refused'
    if (running.call.signal.aborted && !judged) return { ...end, outcome: lostToAbort(running).outcome }
    return end.outcome.kind === 'lost' && end.outcome.cause === 'infrastructure'
      ? withRetryTime(context, running.call, end)
      : end
  } catch (thrown) {
    if (running.call.signal.aborted) return lostToAbort(running)
    if (thrown instanceof WorkLost) return lost('exhausted', thrown.message, running.spent.usage)
    if (!(thrown instanceof OrchestratorError)) context.report(thrown)
    const detail =
      thrown instanceof OrchestratorError ? `${thrown.code}: ${thrown.message}` : messageOf(thrown)
    return withRetryTime(context, running.call, lost('infrastructure', detail, running.spent.usage))
  }
}

function withRetryTime(context: RunContext, call: StageCall, end: StageEnd): StageEnd {
  if (end.outcome.kind !== 'lost') return end
  let losses = 1
  for (const attempt of call.attempts.toReversed()) {
    if (attempt.outcome.kind !== 'lost' || attempt.stage !== call.step.stage) break
    if (attempt.outcome.cause === 'infrastructure') losses += 1
  }
  return { ...end, outcome: { ...end.outcome, retryAt: context.clock.now() + retryDelayMs(losses) } }
}

function lostToAbort({ call: { signal }, spent }: RunningStage): StageEnd {
  const reason: unknown = signal.reason
  const byPerson = !(reason instanceof LeaseLost || reason instanceof OrchestratorError)
  return lost(byPerson ? 'user' : 'crash', byPerson ? 'stopped by a person' : reason.message, spent.usage)
}

function lost(
  cause: 'infrastructure' | 'exhausted' | 'user' | 'crash',
  detail: string,
  usage: Usage,
): StageEnd {
  return {
    outcome: { kind: 'lost', cause, detail: detail.slice(0, 4_000), retryAt: null },
    usage,
    evidence: null,
  }
}

/** Where no agent was called, nothing of what was reserved is charged. */
function attemptEnd(
  { agent, rules }: RunContext,
  end: StageEnd,
  { meter, tally, spent, terms }: RunningStage,
): AttemptEnd {
  const { called, ended } = spent
  const spend = { invocations: called ? 1 : 0, ...end.usage }
  const models = agent.metering?.models ?? null
  return {
    outcome: end.outcome,
    estimated: called && !ended,
    spend,
    alternatives:
      // What was not told cannot be compared.
      !called || !ended || models === null || terms === null
        ? []
        : alternativesTo(terms.model.tier, { spend, models, prices: rules.prices }),
    ...meter.totals(),
    evidence: end.evidence,
    resources: tally.totals(),
  }
}
