import type { Agent } from '../agents/agent.ts'
import type { Suite } from '../domain/suite.ts'
import { peopleWaitText } from '../domain/people-wait.ts'
import { type ResumeNeeds, wayOn } from '../domain/way-on.ts'
import { workerPlaces } from '../domain/worker-places.ts'
import { type OrchestratorError, messageOf } from '../errors.ts'
import type { Rest } from '../store/people.ts'
import type { Outlook } from '../store/scheduling.ts'
import { hasEnded, type Run, type StoreRequestBody } from '../store/store.ts'
import { BudgetKeeper, NO_RULES, type SpendingRules } from './budget-keeper.ts'
import { LONGEST_WAIT_MS } from './circuit-pause.ts'
import { type CommitSettings, type RunContext, targetRef, type World } from './context.ts'
import { runLandingQueue } from './landing-queue.ts'
import { measureBase } from './measure-base.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { workAtDesk } from './people-desk.ts'
import { ProviderGate } from './provider-gate.ts'
import type { PromptSettings } from './render-prompt.ts'
import type { Replay } from './replay.ts'
import { NO_TRACE, type RunTrace } from './run-trace.ts'
import { madeMeanwhile, whyTaken } from './require-free-name.ts'
import { readySuites } from './ready-suites.ts'
import { serveRequests } from './requests.ts'
import { isStoreGone } from './store-gone.ts'
import { pruneDaily, pruneOld } from './retention.ts'
import type { SettledTarget } from './settle-target.ts'
import { Wake } from './wake.ts'
import { WindowKeeper } from './window-keeper.ts'
import { wayToTarget } from './way-to-target.ts'
import { work } from './worker.ts'

interface RunOptions {
  readonly run: Run
  readonly agent: Agent
  readonly workers: number
  readonly target: SettledTarget
  readonly branches: boolean
  readonly refactor: boolean
  readonly commits: CommitSettings
  /** Default: nothing is bounded, and no refusal raises a tier. */
  readonly rules?: SpendingRules
  readonly prompts: PromptSettings
  /** Told as spans; default: nobody asked. */
  readonly trace?: RunTrace
  /** Replays history instead of working a plan. Default null. */
  readonly replay?: Replay | null
  /** Only what people asked for is done; no task is claimed by a worker. Default false. */
  readonly peopleOnly?: boolean
  /** First: start nothing new. */
  readonly winding: AbortSignal
  /** Then: stop at once, still resumable. */
  readonly stopping: AbortSignal
  readonly report: (thrown: unknown) => void
  /** Told before a suite is set up for the run. Default: nobody is. */
  readonly onSetup?: (suite: Suite) => void
}

export interface RunEnding extends ResumeNeeds {
  readonly state: 'completed' | 'incomplete' | 'paused' | 'interrupted'
  readonly pausedBy: string | null
  readonly reason: string | null
  readonly resumeAt: number | null
  /** Where its circuits do not let it go on by themselves: what a person types before. */
  readonly reset?: string | null
}

interface Pause {
  readonly by: string
  readonly reason: string
  /** Null where no time ends it, and where circuits say. */
  readonly limitUntil: number | null
  /** Default: as the budgets of this process say. */
  readonly raise?: string | null
}

/** Starts or resumes a run and works it until nothing goes on by itself, a budget is spent, or a person stops it. */
export async function runPlan(world: World, options: RunOptions): Promise<RunEnding> {
  const { store, clock } = world
  const local = new AbortController()
  const asked = { once: new AbortController(), now: new AbortController() }
  const leaving = AbortSignal.any([options.winding, asked.once.signal])
  const stopping = AbortSignal.any([options.stopping, asked.now.signal])
  const pausing: { first: Pause | null } = { first: null }
  const serving = {
    ...world,
    wake: new Wake(),
    stop: (now: boolean, because?: OrchestratorError) => (now ? asked.now : asked.once).abort(because),
    report: (thrown: unknown) => {
      const stack = thrown instanceof Error ? thrown.stack : undefined
      world.faults.error({ run: options.run.id, stack }, messageOf(thrown))
      options.report(thrown)
    },
  }
  const { peopleOnly = false } = options
  const suites = new Map(options.run.suites.map((suite) => [suite.name, suite]))
  const rested = peopleOnly ? await store.rest(options.run.id) : null
  const over = await begin(serving, options, { suites, signal: AbortSignal.any([leaving, stopping]) })
  if (over !== null) return over
  const pause: RunContext['pause'] = (by, reason, limitUntil) => {
    pausing.first ??= { by, reason, limitUntil }
    local.abort()
  }
  const context: RunContext = {
    ...serving,
    run: options.run.id,
    onBlindSlot: async (blind) => {
      const event = { run: options.run.id, kind: 'slot_blind', task: null, attempt: null } as const
      await store.append([{ ...event, data: { ...blind } }], clock.now())
    },
    agent: options.agent,
    suites,
    limits: { ...options.run.limits, refactor: options.refactor },
    target: options.target.branch,
    branches: options.branches,
    commits: options.commits,
    prompts: options.prompts,
    replay: options.replay ?? null,
    ...(await openBounds(world, options, pause)),
    trace: options.trace ?? NO_TRACE,
    missingChecks: new Set(),
    working: new Set(),
    winding: AbortSignal.any([leaving, stopping, local.signal]),
    leaving,
    stopping,
    pause,
  }
  let left: Outlook
  // A person may ask for more while the last parts come to their end: then they begin again.
  do {
    await workUntilSettled(context, { workers: options.workers, suites, peopleOnly })
    left = await store.outlook(options.run.id, clock.now())
    if (peopleOnly) break
  } while (left.goesOn && !context.winding.aborted)
  const interrupted = leaving.aborted || stopping.aborted
  return finish(context, {
    workers: options.workers,
    pause: pausing.first ?? (interrupted ? null : (goingOn(rested) ?? waitForPeople(left, peopleOnly))),
    interrupted,
    outlook: left,
  })
}

/** What holds an attempt back before it is paid for: budgets, the provider, the window of a subscription. */
async function openBounds(
  { store, clock }: World,
  { run, rules = NO_RULES, agent, workers }: RunOptions,
  pause: RunContext['pause'],
): Promise<Pick<RunContext, 'rules' | 'budget' | 'provider' | 'windows'>> {
  const at = { run: run.id, store, clock }
  return {
    rules,
    budget: await BudgetKeeper.open({ rules, agent, store, clock }),
    provider: await ProviderGate.open({ ...at, most: workers, longestWaitMs: LONGEST_WAIT_MS }),
    windows: await WindowKeeper.open({ ...at, leave: rules.leaveWindow, pause }),
  }
}

/** What was done for people alone leaves the run as it was: it waits for what it had waited for, and goes on by the same line. */
function goingOn(rested: Rest | null): Pause | null {
  if (rested === null || rested.by === null || rested.by === 'person') return null
  const { by, reason, limitUntil, raise = null } = rested
  return { by, reason: reason ?? by, limitUntil, raise }
}

/** Nothing else goes on: a person does, or the run that comes after what was done for people alone. */
function waitForPeople({ waits }: Outlook, peopleOnly: boolean): Pause | null {
  const reason = peopleWaitText(waits) ?? (peopleOnly ? 'what people asked for is done' : null)
  return reason === null ? null : { by: 'person', reason, limitUntil: null }
}

type Serving = World & Pick<RunContext, 'wake' | 'stop' | 'report'>

/**
 * Has the suites made ready, then the target. Until that is done, the run stays as it was. Answers how it ended where a person
 * took what was left of it away meanwhile.
 */
async function begin(
  serving: Serving,
  options: RunOptions,
  { suites, signal }: { readonly suites: Map<string, Suite>; readonly signal: AbortSignal },
): Promise<RunEnding | null> {
  const { store, clock, git } = serving
  const { run, workers, onSetup = () => undefined } = options
  const { branch: target, base, head } = options.target
  // History brings its own suites, commit by commit.
  if ((options.replay ?? null) === null && options.peopleOnly !== true) {
    const requests = serveRequests(serving, (body) => Promise.resolve(takeUp(body, suites)))
    try {
      await readySuites(serving, { run: run.id, suites, head: head ?? base, signal, onSetup })
    } finally {
      await requests.stop()
    }
  }
  // Looked at before the row: one that another process of this run made is in the row by then.
  const taken = head === null ? await whyTaken(git, target) : null
  const meanwhile = await store.run(run.id)
  if (meanwhile !== null && hasEnded(meanwhile.state)) return endedBefore(meanwhile)
  const isNew = head === null && meanwhile?.target === null
  if (isNew && taken !== null) throw taken
  // Refusals are what a replay is for; none of them makes anything of it give way.
  const circuits = (options.replay ?? null) === null ? { circuits: serving.settings.circuits } : {}
  // Who watches wants it tried now. A script that starts it over and over must not pay for a probe each time.
  const skipWaits = serving.settings.onLimit === 'wait' && options.peopleOnly !== true
  await pruneOld(serving)
  void serving.transcripts.prune(store).catch(serving.report)
  await store.startRun(run.id, { target, base, workers, skipWaits, ...circuits }, clock.now())
  // Behind its row: a branch that no run knows would stay behind where we are killed in between.
  const made = head === null ? await git.createBranch(target, base) : 'exists'
  // One that is there at the base may be our own, whose answer was lost.
  const isOthers = isNew && made === 'exists' && (await git.readRef(targetRef(target))) !== base
  // Who has lost the store meanwhile hears of that: the branch is that of who has it now.
  await store.rescue(run.id, clock.now(), { all: true })
  if (isOthers) throw madeMeanwhile(target, { isRecorded: true })
  return null
}

function endedBefore({ state, reason }: Run): RunEnding {
  return { state: state === 'completed' ? state : 'incomplete', pausedBy: null, reason, resumeAt: null }
}

function takeUp(body: StoreRequestBody, suites: Map<string, Suite>): void {
  if (body.kind === 'add_tasks') for (const suite of body.suites) suites.set(suite.name, suite)
}

/**
 * Workers, landing queue, leases and requests of other processes; all of them have ended when this resolves. A fault in
 * one of them lets the others finish what they have in hand, and is thrown afterwards; without the store they are stopped.
 */
async function workUntilSettled(
  context: RunContext,
  how: { readonly workers: number; readonly suites: Map<string, Suite>; readonly peopleOnly: boolean },
): Promise<void> {
  const { workers, suites, peopleOnly } = how
  const leases = new LeaseKeeper({ ...context, leaseMs: context.settings.leaseMs })
  const workersDone = new AbortController()
  const faults: unknown[] = []
  const guarded = (part: Promise<void>): Promise<void> =>
    part.catch((thrown: unknown) => {
      faults.push(thrown)
      context.pause('fault', messageOf(thrown), null)
      if (isStoreGone(thrown)) context.stop(true, thrown)
    })
  leases.start()
  const requests = serveRequests(context, async (body) => {
    takeUp(body, suites)
    await leases.renew()
  })
  const places = peopleOnly ? [] : workerPlaces(workers)
  const working = Promise.all([
    ...places.map((place) => guarded(keepWorking(context, { place, leases }))),
    guarded(workAtDesk(context, leases, { alone: peopleOnly })),
  ])
  await Promise.all([
    working.then(() => workersDone.abort()),
    guarded(runLandingQueue(context, workersDone.signal)),
    measureBase(context, AbortSignal.any([workersDone.signal, context.stopping])),
    pruneDaily(context, workersDone.signal),
  ])
  await requests.stop()
  await leases.stop()
  const gone = faults.find(isStoreGone)
  if (gone !== undefined) throw gone
  if (faults.length > 0 && !context.stopping.aborted) throw faults[0]
}

/** One worker of a place after the other. */
async function keepWorking(
  context: RunContext,
  { place, leases }: { readonly place: readonly string[]; readonly leases: LeaseKeeper },
): Promise<void> {
  for (const [turn, worker] of place.entries()) {
    context.working.add(worker)
    const end = await work(context, worker, leases)
    const by = place[turn + 1] ?? null
    if (end === 'retired' && by !== null) context.working.add(by)
    context.working.delete(worker)
    if (end === 'done') return
    await context.store.retireWorker({ run: context.run, worker, by }, context.clock.now())
  }
  // The others go on without this place.
  if (context.working.size > 0) return
  context.pause(
    'circuit',
    `${place.length} workers in a row failed again and again; orchestrator circuits reset all --force lets them go on`,
    null,
  )
}

async function finish(
  context: RunContext,
  how: {
    readonly workers: number
    readonly pause: Pause | null
    readonly interrupted: boolean
    readonly outlook: Outlook
  },
): Promise<RunEnding> {
  const { store, clock, run } = context
  const tasks = await store.tasks(run)
  // A landing that a person took out of the target leaves its task completed, and the run not.
  const standing = (await store.landed(run)).length === tasks.length
  const completed = tasks.length > 0 && standing && tasks.every(({ state }) => state.state === 'completed')
  const settled = !how.outlook.goesOn && how.outlook.waits.length === 0
  const state = completed
    ? 'completed'
    : settled
      ? 'incomplete'
      : how.pause !== null
        ? 'paused'
        : how.interrupted
          ? 'interrupted'
          : 'incomplete'
  const now = clock.now()
  const paused = state === 'paused' ? how.pause : null
  const { by = null, reason = null, limitUntil = null } = paused ?? {}
  const pause = { workers: how.workers, limitUntil }
  const rests = state === 'paused' || state === 'interrupted'
  const circuits = rests ? await store.circuits(run) : []
  const { reset, at: resumeAt } = wayOn({ pause, circuits, now })
  const steps = rests ? await wayToTarget(context, { id: run, target: context.target }) : []
  const raise =
    paused?.raise ??
    (by === 'budget' ? context.budget.raise() : by === 'window' ? context.windows.flag() : null)
  const needs = { raise, ...(steps.length === 0 ? {} : { steps }) }
  await store.suspendRun(run, state, reason, now, { by, limitUntil, resumeAt, reset, ...needs })
  return { state, pausedBy: by, reason, resumeAt, reset, ...needs }
}
