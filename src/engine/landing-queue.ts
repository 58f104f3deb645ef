import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError, messageOf } from '../errors.ts'
import { type RunContext, targetRef } from './context.ts'
import { WorkLost } from './work-lost.ts'
import { landTask } from './land-task.ts'
import { landingHead } from './landing-head.ts'
import { LandingHalted, type LandingRight } from './landing-right.ts'
import { findLostLandings, recoverLandings } from './recover-landings.ts'
import { waitFor } from './wake.ts'

const IDLE_MS = 5_000
/** Waited before a landing that failed by a fault of the machine is taken up again. */
const RETRY_MS = 1_000

/** The single writer of the target: lands one task after the other until the run has nothing more to land. */
export async function runLandingQueue(context: RunContext, done: AbortSignal): Promise<void> {
  const right = await takeRight(context, done)
  if (right === null) return
  const renewing = keepRight(context, right)
  try {
    await recoverLandings(context)
    const counts = new Map<string, Counts>()
    const counted = (task: string): Counts => counts.get(task) ?? NONE
    let known: CommitId | null = null
    for (;;) {
      const ticket = context.wake.ticket()
      if (context.leaving.aborted || context.stopping.aborted) return
      known = await lookAtTarget(context, known)
      const task = await nextInLine(context)
      if (task !== undefined) {
        const outcome = await landNext(context, right, { task, head: known, ...counted(task) })
        counts.set(task, afterwards(counted(task), outcome))
        if (outcome.kind === 'landed') known = outcome.merge
      } else if (done.aborted) return
      else await waitFor(ticket, { clock: context.clock, ms: IDLE_MS, signal: done })
    }
  } catch (thrown) {
    if (!(thrown instanceof LandingHalted) && !context.stopping.aborted) throw thrown
  } finally {
    await renewing.stop()
    await context.store.releaseLandingLease(context.target, right.token, context.clock.now())
  }
}

/** Looks what a person did to the target since `known`: landings may be gone, or the branch itself. */
async function lookAtTarget(context: RunContext, known: CommitId | null): Promise<CommitId> {
  const head = await landingHead(context)
  if (head !== known) await findLostLandings(context, head)
  return head
}

/** In a replay of history nothing overtakes: what has arrived waits for its turn. */
async function nextInLine({ store, run, replay }: RunContext): Promise<string | undefined> {
  const arrived = await store.landingQueue(run)
  if (replay === null || arrived.length === 0) return arrived[0]
  const next = await replay.nextToLand()
  return arrived.find((task) => task === next)
}

type Outcome = Awaited<ReturnType<typeof landTask>> | { readonly kind: 'failed' }

/** What got in the way of a task's landing, one after the other. */
interface Counts {
  readonly failures: number
  readonly moves: number
}

const NONE: Counts = { failures: 0, moves: 0 }
/** How often a landing starts over because a person moved the target meanwhile. */
const TARGET_MOVES = 20

function afterwards({ failures, moves }: Counts, { kind }: Outcome): Counts {
  if (kind === 'failed') return { failures: failures + 1, moves }
  return kind === 'moved' ? { failures, moves: moves + 1 } : NONE
}

/** A landing that fails by a fault of the machine is tried again a bounded number of times, then a person is asked. */
async function landNext(
  context: RunContext,
  right: LandingRight,
  landing: Counts & { readonly task: string; readonly head: CommitId },
): Promise<Outcome> {
  const { task, head, failures, moves } = landing
  try {
    if (moves === TARGET_MOVES) {
      await askPerson(context, task, `the target moved ${moves} times while this was landing`)
      return { kind: 'settled' }
    }
    // A landing that broke off behind the move of the ref has landed: git knows.
    if (failures > 0) await recoverLandings(context, { task })
    return await landTask(context, right, { key: task, head })
  } catch (thrown) {
    if (thrown instanceof LandingHalted || context.stopping.aborted) throw thrown
    return await afterFault(context, { task, failures, thrown })
  } finally {
    context.wake.ring()
  }
}

async function afterFault(
  context: RunContext,
  fault: { readonly task: string; readonly failures: number; readonly thrown: unknown },
): Promise<Outcome> {
  const { task, failures, thrown } = fault
  const { clock } = context
  const reason = messageOf(thrown)
  if (thrown instanceof WorkLost) {
    await askPerson(context, task, reason)
    return { kind: 'settled' }
  }
  await tellPause(context, task, thrown)
  if (thrown instanceof OrchestratorError && thrown.code === 'signing_failed') waitForKey(context, reason)
  if (failures < context.limits.infrastructure) {
    await clock.sleep(RETRY_MS * 2 ** failures, context.stopping)
    return { kind: 'failed' }
  }
  await recoverLandings(context, { task, without: 'note' })
  await askPerson(context, task, `landing failed ${failures + 1} times: ${reason}`)
  return { kind: 'settled' }
}

/** A key is a person's matter: nothing is tried again, everything accepted stays, and the run can be resumed. */
function waitForKey(context: RunContext, reason: string): never {
  const way = 'make `git commit -S` work again, or set git.sign = "off"; then resume the run'
  context.pause('person', `what is accepted waits for a signature: ${reason}: ${way}`, null)
  throw new LandingHalted(reason)
}

async function askPerson(context: RunContext, key: string, reason: string): Promise<void> {
  const task = await context.store.task(context.run, key)
  if (task?.state.state !== 'landing') return
  const head = await context.git.readRef(targetRef(context.target))
  const refusal = {
    code: 'runner_failure' as const,
    fact: reason,
    hint: 'Mend the cause and run `orchestrator task retry`.',
    details: [],
  }
  const back = {
    task: key,
    generation: task.generation,
    afterAttempt: Number.MAX_SAFE_INTEGER,
    head: head ?? '',
    kind: 'machine_failed' as const,
    refusal,
  }
  await context.store.recordReturn(context.run, back, reason, context.clock.now())
}

/** Waits until the lease is ours, then moves the fence; only after that is git asked what has landed. */
async function takeRight(context: RunContext, done: AbortSignal): Promise<LandingRight | null> {
  const { store, clock, target, settings } = context
  for (;;) {
    const ticket = context.wake.ticket()
    const token = await store.takeLandingLease(target, context.run, settings.leaseMs, clock.now())
    if (token !== null) {
      const right = { token, fence: `${context.run} ${token}` }
      if (await moveFence(context, right)) return right
      continue
    }
    if (done.aborted || context.stopping.aborted) return null
    await waitFor(ticket, { clock, ms: Math.floor(settings.leaseMs / 4), signal: done })
  }
}

/** False where the lease was lost meanwhile. What git refuses, for a lock that a killed one left, say, is tried again like a landing. */
async function moveFence(context: RunContext, { token, fence }: LandingRight): Promise<boolean> {
  const { git, store, clock, target, settings, limits, stopping } = context
  for (let failures = 0; ; failures += 1) {
    try {
      await git.takeFence(target, fence)
      return true
    } catch (thrown) {
      if (failures === limits.infrastructure || stopping.aborted) throw thrown
      await tellPause(context, null, thrown)
      await clock.sleep(RETRY_MS * 2 ** failures, stopping)
    }
    // Whoever has the lease by now has moved the fence, and it must not go back.
    if (!(await store.renewLandingLease(target, token, settings.leaseMs, clock.now()))) return false
  }
}

async function tellPause(context: RunContext, task: string | null, thrown: unknown): Promise<void> {
  const { store, clock, run } = context
  const data = { reason: messageOf(thrown) }
  await store.append([{ run, kind: 'landing_paused', task, attempt: null, data }], clock.now())
  context.report(thrown)
}

function keepRight(context: RunContext, right: LandingRight): { stop: () => Promise<void> } {
  const { store, clock, target, settings } = context
  const stopped = new AbortController()
  const either = AbortSignal.any([stopped.signal, context.stopping])
  const loop = async (): Promise<void> => {
    while (!either.aborted) {
      await clock.sleep(Math.floor(settings.leaseMs / 3), either)
      if (either.aborted) return
      // One that fails is made up for by the next; a lease that is lost is noticed where it is used.
      await store.renewLandingLease(target, right.token, settings.leaseMs, clock.now()).catch(context.report)
    }
  }
  const running = loop()
  return {
    stop: async () => {
      stopped.abort()
      await running
    },
  }
}
