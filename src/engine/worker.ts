import type { Claim } from '../store/store.ts'
import { taskRefusalText } from '../domain/budget-words.ts'
import { localDay } from '../runtime/local-day.ts'
import { BudgetSpent } from './budget-keeper.ts'
import { LONGEST_WAIT_MS, pauseFor } from './circuit-pause.ts'
import type { RunContext } from './context.ts'
import { type LeaseKeeper, LeaseLost } from './lease-keeper.ts'
import { onlyToRecord } from './only-to-record.ts'
import { ProviderHeld } from './provider-gate.ts'
import { StageHeld } from './run-stage.ts'
import { runTask } from './run-task.ts'
import { waitFor } from './wake.ts'

/** Longest sleep of an idle worker: a safety net, since every change of a task rings. */
const IDLE_MS = 5_000

/** Commits of a history among which a replay looks for what it may claim: more than one has. */
const MOST_REPLAYED = 100_000

/** `retired`: its circuit will not let it work again, and another worker should. */
type WorkerEnd = 'done' | 'retired'

/** Claims and works tasks until nothing of the run goes on by itself, it winds down, or the worker is retired. */
export async function work(context: RunContext, worker: string, leases: LeaseKeeper): Promise<WorkerEnd> {
  const { store, run, clock, wake, winding } = context
  while (!winding.aborted) {
    const ticket = wake.ticket()
    await settleRefused(context)
    const claim = await claimNext(context, worker)
    if (claim !== null) {
      wake.ring()
      await leases.hold(claim, context.stopping, (signal) => workTask(context, claim, signal))
      wake.ring()
      continue
    }
    const now = clock.now()
    const { goesOn, nextClaimAt } = await store.outlook(run, now)
    if (!goesOn) return 'done'
    const hold = await store.circuitHold(run, worker, now)
    if (hold?.level === 'worker' && hold.retryAt === null) return 'retired'
    const reason = hold === null ? null : await pauseFor(context, hold, now)
    if (reason !== null) {
      context.pause('circuit', reason, null)
      return 'done'
    }
    const next = hold?.retryAt ?? nextClaimAt
    const ms = Math.min(IDLE_MS, next === null ? IDLE_MS : Math.max(1, next - now))
    await waitFor(ticket, { clock, ms, signal: winding })
  }
  return 'done'
}

/** In a replay of history what was refused goes on: tried once more, or carried. */
async function settleRefused({ replay, store, run }: RunContext): Promise<void> {
  if (replay === null) return
  await replay.settleRefused(await store.keysIn(run, ['failed', 'needs_human']))
}

async function claimNext(context: RunContext, worker: string): Promise<Claim | null> {
  const { store, run, settings, replay } = context
  const now = context.clock.now()
  const request = { run, worker, leaseMs: settings.leaseMs }
  const record = await onlyToRecord(context)
  const recorded =
    record === null ? null : await store.claim({ ...request, candidates: [record], asksCircuits: false }, now)
  if (recorded !== null || replay === null) return recorded ?? store.claim(request, now)
  const candidates = await replay.admitted(await store.claimable(run, now, MOST_REPLAYED))
  return store.claim({ ...request, candidates }, now)
}

async function workTask(context: RunContext, claim: Claim, signal: AbortSignal): Promise<void> {
  const { key } = claim.task.definition
  const ended = context.trace.task({ task: key, worker: claim.worker })
  let left: readonly [how: string, error: string | null] = ['given_back', null]
  try {
    const carried = context.replay?.carried(key) ?? null
    if (carried === null) {
      const step = await runTask(context, claim, signal)
      left = [step.do, errorOf(step)]
      await conclude(context, claim, step)
    } else await context.store.enterLanding(claim, context.clock.now())
  } catch (thrown) {
    if (thrown instanceof LeaseLost) {
      left = ['lease_lost', null]
      return
    }
    if (thrown instanceof BudgetSpent) {
      await overBudget(context, claim, thrown)
      return
    }
    if (thrown instanceof StageHeld) {
      await giveWay(context, claim, thrown)
      return
    }
    if (thrown instanceof ProviderHeld) {
      await waitForProvider(context, claim, { reason: thrown.message, until: thrown.until })
      return
    }
    left = ['fault', 'fault']
    throw thrown
  } finally {
    ended(...left)
    const now = context.clock.now()
    await context.store.noteWorker(
      { run: context.run, worker: claim.worker, state: 'idle', task: null, stage: null, since: now },
      now,
    )
  }
}

/** Of a task that its worker could not bring to its landing. */
function errorOf(step: Awaited<ReturnType<typeof runTask>>): string | null {
  if (step.do === 'fail') return step.refusal?.code ?? 'failed'
  return step.do === 'need_human' ? 'needs_human' : null
}

/** A task that is too dear waits for a person, and the others go on; by any other budget the run pauses, by that of a day until it is over. */
async function overBudget(
  { store, clock, pause }: RunContext,
  claim: Claim,
  { refusal, message }: BudgetSpent,
): Promise<void> {
  const now = clock.now()
  if (refusal.scope === 'task') {
    await store.needHuman(claim, taskRefusalText(refusal, claim.task.definition.key), now)
    return
  }
  await store.giveBack(claim, { notBefore: now, reason: message }, now)
  pause('budget', message, refusal.scope === 'day' ? localDay(now).end : null)
}

/** Held by its own stage the task waits; held by its worker or the run it can be claimed as soon as these let it. */
async function giveWay(
  { store, clock }: RunContext,
  claim: Claim,
  { hold, message }: StageHeld,
): Promise<void> {
  const now = clock.now()
  if (hold.level !== 'stage') await store.giveBack(claim, { notBefore: now, reason: message }, now)
  else if (hold.retryAt === null) await store.needHuman(claim, message, now)
  else await store.giveBack(claim, { notBefore: hold.retryAt, reason: message }, now)
}

/** The task is free for whoever comes once the provider serves again; where nobody is to wait for that, the run pauses. */
async function waitForProvider(
  { store, clock, settings, provider, pause }: RunContext,
  claim: Claim,
  { reason, until }: { readonly reason: string; readonly until: number },
): Promise<void> {
  const now = clock.now()
  await store.giveBack(claim, { notBefore: until, reason }, now)
  // What a task waits for alone holds up nobody else.
  const held = Math.min(until, provider.until)
  if (settings.onLimit === 'exit' && held - now > LONGEST_WAIT_MS) pause('provider_limit', reason, held)
}

async function conclude(
  context: RunContext,
  claim: Claim,
  step: Awaited<ReturnType<typeof runTask>>,
): Promise<void> {
  const { store, clock } = context
  const now = clock.now()
  switch (step.do) {
    case 'land':
      await store.enterLanding(claim, now)
      return
    case 'pause':
      await waitForProvider(context, claim, step)
      return
    case 'fail':
      await store.fail(claim, { refusal: step.refusal, reason: step.reason }, now)
      return
    case 'need_human':
      await store.needHuman(claim, step.reason, now)
      return
    case 'wind_down':
      await store.giveBack(claim, { notBefore: now, reason: 'the run is winding down' }, now)
      return
    case 'attempt':
      throw new Error('a task is never concluded with an open attempt')
  }
}
