import type { Agent } from '../agents/agent.ts'
import type { Attempt, AttemptOutcome } from '../domain/attempt.ts'
import { PERSON, type PersonHold } from '../domain/person.ts'
import { isAgentStage } from '../domain/stage.ts'
import { createGitCommand } from '../git/git-command.ts'
import { messageOf, OrchestratorError } from '../errors.ts'
import type { PersonsWork } from '../store/people.ts'
import type { Claim } from '../store/store.ts'
import type { RunContext } from './context.ts'
import { prepareGround } from './ground.ts'
import { type LeaseKeeper, LeaseLost } from './lease-keeper.ts'
import { makePersonDirectory, requirePersonDirectory } from './person-directory.ts'
import { runStage } from './run-stage.ts'
import type { AttemptStep } from './stage-call.ts'
import { stepOf } from './step-of.ts'
import { waitFor } from './wake.ts'

const IDLE_MS = 5_000

/**
 * Does what people ask of the engine for the tasks that they have taken, one after the other: makes their directories,
 * judges what they hand in, verifies it. Until nothing of the run goes on by itself; or, alone, until nothing is asked.
 */
export async function workAtDesk(
  context: RunContext,
  leases: LeaseKeeper,
  { alone }: { readonly alone: boolean },
): Promise<void> {
  const { store, run, clock, wake, winding } = context
  while (!winding.aborted) {
    const ticket = wake.ticket()
    const [asked] = await store.peoplesWork(run)
    if (asked !== undefined) {
      await leases.hold(asked.claim, context.stopping, (signal) => serve(context, asked, signal))
      wake.ring()
      continue
    }
    if (alone || !(await store.outlook(run, clock.now())).goesOn) return
    await waitFor(ticket, { clock, ms: IDLE_MS, signal: winding })
  }
}

async function serve(
  context: RunContext,
  { claim, hold }: PersonsWork<Claim>,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (hold.asks === 'directory') await makeDirectory(context, claim, hold)
    else await judge(asPerson(context), { claim, hold, signal })
  } catch (thrown) {
    if (thrown instanceof LeaseLost || signal.aborted) return
    if (!(thrown instanceof OrchestratorError)) context.report(thrown)
    await answer(context, claim, messageOf(thrown))
  }
}

async function makeDirectory(context: RunContext, claim: Claim, hold: PersonHold): Promise<void> {
  const { step } = await stepOf(withoutRefactoring(context), claim.task)
  const start = step.do === 'attempt' ? step.start : { base: null, work: null, tree: null }
  const testsOnly = step.do === 'attempt' && (step.stage === 'red' || step.stage === 'red_fix')
  const ground = await prepareGround(context, claim.task.definition, { ...start, testsOnly })
  await makePersonDirectory({
    git: context.git,
    command: createGitCommand({ exec: context.exec, env: context.environment, cwd: '/' }),
    directory: hold.directory ?? '',
    tree: ground.tree,
    message: `${claim.task.definition.key} on ${ground.base}`,
    apart: context.hidden,
    token: claim.token,
  })
  await context.store.answerPerson(claim, { base: ground.base, problem: null }, context.clock.now())
}

interface Judging {
  readonly claim: Claim
  readonly hold: PersonHold
  readonly signal: AbortSignal
}

/** One stage of what was handed in, then what commands alone decide; the next stage is the person's turn, or the agents'. */
async function judge(context: RunContext, { claim, hold, signal }: Judging): Promise<void> {
  if (hold.waivers.length === 0 && hold.directory !== null)
    await requirePersonDirectory(hold.directory, context.hidden)
  for (let isFirst = true; ; isFirst = false) {
    const { step, whole } = await stepOf(context, claim.task)
    if (step.do !== 'attempt') return conclude(context, claim, step)
    if (!isFirst && isAgentStage(step.stage))
      return next(context, claim, { hold, last: whole.attempts.at(-1) })
    if (context.winding.aborted) return
    const waived = isFirst && hold.waivers.length > 0 ? judgedAgain(step, whole.attempts, hold) : step
    if (waived === null) return answerOrLetGo(context, { claim, hold, problem: NOT_REFUSED })
    const start = { ...waived.start, base: waived.start.base ?? waived.start.work?.base ?? hold.base }
    const call = { claim, step: { ...waived, start }, attempts: whole.attempts, signal, person: hold }
    await runStage(context, call)
    const after = await stepOf(context, claim.task)
    const ended = after.whole.attempts.at(-1)?.outcome
    if (ended?.kind === 'lost') return answerOrLetGo(context, { claim, hold, problem: ended.detail })
    if (ended?.kind === 'refused' && hold.directory === null) return stillRefused(context, claim, ended)
  }
}

const NOT_REFUSED = 'its last attempt was not refused with what was waived'

/** The stage that was refused last, on what was refused. */
function judgedAgain(
  step: AttemptStep,
  attempts: Awaited<ReturnType<typeof stepOf>>['whole']['attempts'],
  { waivers }: PersonHold,
): AttemptStep | null {
  const last = attempts.findLast(({ outcome }) => outcome.kind !== 'lost')
  if (last?.outcome.kind !== 'refused' || last.outcome.tree === null) return null
  const codes = new Set(last.outcome.refusals.map(({ code }) => code))
  if (!waivers.every(({ code }) => codes.has(code))) return null
  return { ...step, stage: last.stage }
}

/** It is the person's turn, unless they want the agents to go on with what is accepted, or have nothing to work in. */
async function next(
  context: RunContext,
  claim: Claim,
  { hold, last }: { readonly hold: PersonHold; readonly last: Attempt | undefined },
): Promise<void> {
  const { store, clock } = context
  const now = clock.now()
  const isTheirs = hold.directory !== null && !(hold.giveBack && last?.outcome.kind !== 'refused')
  if (isTheirs) await answer(context, claim, null)
  else await store.giveBack(claim, { notBefore: now, reason: `${hold.person} gave it back` }, now)
}

async function stillRefused(
  { store, clock }: RunContext,
  claim: Claim,
  { refusals: [first] }: Extract<AttemptOutcome, { kind: 'refused' }>,
): Promise<void> {
  await store.needHuman(claim, `still refused: ${first.code}: ${first.fact}`, clock.now())
}

async function answerOrLetGo(
  context: RunContext,
  { claim, hold, problem }: { readonly claim: Claim; readonly hold: PersonHold; readonly problem: string },
): Promise<void> {
  if (hold.directory !== null) await answer(context, claim, problem)
  else await context.store.needHuman(claim, problem, context.clock.now())
}

async function answer(context: RunContext, claim: Claim, problem: string | null): Promise<void> {
  await context.store.answerPerson(claim, { problem }, context.clock.now())
}

async function conclude(
  context: RunContext,
  claim: Claim,
  step: Exclude<Awaited<ReturnType<typeof stepOf>>['step'], { do: 'attempt' }>,
): Promise<void> {
  const { store, clock } = context
  const now = clock.now()
  if (step.do === 'land') await store.enterLanding(claim, now)
  else if (step.do === 'fail') await store.fail(claim, { refusal: step.refusal, reason: step.reason }, now)
  else if (step.do === 'need_human') await store.needHuman(claim, step.reason, now)
  else await answer(context, claim, step.reason)
}

/** Commits name a person, no provider is waited for, and nothing is tidied up that they did not ask for. */
function asPerson(context: RunContext): RunContext {
  return { ...withoutRefactoring(context), agent: PERSON_AGENT }
}

function withoutRefactoring(context: RunContext): RunContext {
  return { ...context, limits: { ...context.limits, refactor: false } }
}

/** Stands where an agent is named; it is never called. */
export const PERSON_AGENT: Agent = {
  name: PERSON,
  run: () => {
    throw new Error('a person is not called')
  },
}
