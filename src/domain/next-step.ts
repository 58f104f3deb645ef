import { type Counts, countAttempt, goesOnForever, NO_COUNTS } from './attempt-counts.ts'
import { repairAfterBlocked } from './blocked.ts'
import type { AcceptedWork, Attempt, LandingReturn } from './attempt.ts'
import type { CommitId, TreeId } from './evidence.ts'
import type { Limits } from './limits.ts'
import type { TaskKind } from './plan.ts'
import type { Stage } from './stage.ts'
import type { Refusal } from './verdict.ts'
import { counted } from './wording.ts'

/** What happens next with a task. Resume is this same decision over the recorded attempts. */
export type Step =
  | {
      readonly do: 'attempt'
      readonly stage: Stage
      readonly start: StartPoint
      readonly repair: readonly Refusal[]
      readonly dispute: string | null
    }
  | { readonly do: 'land'; readonly work: AcceptedWork }
  | { readonly do: 'pause'; readonly until: number; readonly reason: string }
  | { readonly do: 'fail'; readonly refusal: Refusal | null; readonly reason: string }
  | { readonly do: 'need_human'; readonly reason: string }

/** What an attempt starts from. */
export interface StartPoint {
  /** The commit of the target to build on; null for its head when the attempt starts. */
  readonly base: CommitId | null
  /** What is accepted so far; on another base after a landing return, and then carried over. */
  readonly work: AcceptedWork | null
  /** A refused tree to go on from; null to start from the accepted work alone. */
  readonly tree: TreeId | null
}

export interface StageLimits extends Limits {
  /** Whether accepted work is refactored before it lands. */
  readonly refactor: boolean
}

export function nextStep(
  task: { readonly kind: TaskKind },
  history: { readonly attempts: readonly Attempt[]; readonly returns: readonly LandingReturn[] },
  context: { readonly limits: StageLimits; readonly now: number; readonly generation: number },
): Step {
  let progress = beginning(task.kind)
  const returns = [...history.returns]
  for (const attempt of history.attempts) {
    while (returns[0] !== undefined && isBefore(returns[0], attempt)) {
      progress = afterReturn(progress, returns.shift() as LandingReturn, context.generation)
    }
    progress = afterAttempt(freshened(progress, attempt, context.generation), attempt, {
      kind: task.kind,
      limits: context.limits,
    })
  }
  for (const landingReturn of returns) progress = afterReturn(progress, landingReturn, context.generation)
  if (progress.generation < context.generation) progress = renewed(progress, context.generation)
  return decide(progress, context)
}

/** Where a task stands, folded from its history. */
interface Progress {
  readonly generation: number
  readonly at: Stage | 'land' | 'human'
  readonly start: StartPoint
  readonly repair: readonly Refusal[]
  readonly dispute: Dispute | null
  /** The last refused or given-up outcome, for the words when limits are used up. */
  readonly blame: string
  readonly counts: Counts
  /** Trees and refusals that RED stages were refused with. */
  readonly seen: readonly string[]
  /** RED_FIX repeated an earlier tree or refusal. */
  readonly repeated: boolean
  /** The verified state to land when a refactoring does not hold. */
  readonly verified: AcceptedWork | null
  readonly retryAt: number | null
  /** The last attempt was lost to something that only a person can mend. */
  readonly helpless: boolean
}

/** A test is held wrong: by which stage, why, and where that stage goes on when the tests are right. */
interface Dispute {
  readonly reason: string
  readonly from: 'green' | 'fix'
  readonly start: StartPoint
  readonly repair: readonly Refusal[]
}

const FROM_HEAD: StartPoint = { base: null, work: null, tree: null }

function beginning(kind: TaskKind): Progress {
  return {
    generation: 1,
    at: writesTestsFirst(kind) ? 'red' : 'green',
    start: FROM_HEAD,
    repair: [],
    dispute: null,
    blame: '',
    counts: NO_COUNTS,
    seen: [],
    repeated: false,
    verified: null,
    retryAt: null,
    helpless: false,
  }
}

export function writesTestsFirst(kind: TaskKind): boolean {
  return kind === 'implement' || kind === 'verify_only'
}

function isBefore(landingReturn: LandingReturn, attempt: Attempt): boolean {
  if (landingReturn.generation !== attempt.generation) return landingReturn.generation < attempt.generation
  return landingReturn.afterAttempt < attempt.number
}

function freshened(progress: Progress, attempt: Attempt, generation: number): Progress {
  const reached = Math.min(attempt.generation, generation)
  return progress.generation < reached ? renewed(progress, reached) : progress
}

/** A person asked for another round: limits begin anew, accepted work stays. */
function renewed(progress: Progress, generation: number): Progress {
  const at = progress.at === 'human' ? 'land' : progress.at
  return {
    ...progress,
    at,
    generation,
    counts: { ...NO_COUNTS, red: at === 'red_fix' ? 1 : 0 },
    seen: [],
    repeated: false,
    helpless: false,
    retryAt: null,
  }
}

function afterAttempt(
  progress: Progress,
  attempt: Attempt,
  task: { readonly kind: TaskKind; readonly limits: StageLimits },
): Progress {
  const { outcome, stage } = attempt
  // What of a person's was cut off or could not be judged is theirs to hand in again: now, and as often as they like.
  if (outcome.kind === 'running' || (outcome.kind === 'lost' && attempt.byPerson === true)) return progress
  if (outcome.kind === 'lost') {
    const { counts } = progress
    const losses = outcome.cause === 'infrastructure' ? counts.losses + 1 : counts.losses
    const crashes = outcome.cause === 'crash' ? counts.crashes + 1 : 0
    const stopped = outcome.cause === 'provider_limit' ? counts.limits + 1 : counts.limits
    const helpless = outcome.cause === 'exhausted'
    return {
      ...progress,
      helpless,
      retryAt: outcome.retryAt,
      blame: outcome.detail,
      counts: { ...counts, losses, crashes, limits: stopped },
    }
  }
  const counted: Progress = {
    ...progress,
    retryAt: null,
    counts: countedWith(progress.counts, attempt),
  }
  if (stage === 'refactor' && outcome.kind !== 'accepted') return landVerified(counted)
  switch (outcome.kind) {
    case 'accepted':
      return afterAcceptance(counted, stage, {
        work: outcome.work,
        kind: task.kind,
        refactor: task.limits.refactor,
      })
    case 'refused':
      return abandoned(afterRefusal(counted, attempt, outcome), task.limits)
    case 'gave_up':
      return abandoned(afterGivingUp(counted, outcome), task.limits)
    case 'disputed':
      return afterDispute(counted, stage === 'fix' ? 'fix' : 'green', outcome.reason)
    case 'dispute_rejected':
      return withoutDispute(counted)
  }
}

/** What a person tries costs nothing and uses up nothing: they end it themselves. */
function countedWith(counts: Counts, { stage, outcome, byPerson }: Attempt): Counts {
  const going = { ...counts, losses: 0, crashes: 0, limits: 0 }
  return byPerson === true ? going : countAttempt({ ...going, all: counts.all + 1 }, stage, outcome.kind)
}

function afterGivingUp(
  progress: Progress,
  { cause, detail }: Extract<Attempt['outcome'], { kind: 'gave_up' }>,
): Progress {
  const blame = `the agent ended without a result (${cause}): ${detail}`
  return cause === 'blocked'
    ? { ...progress, blame, repair: repairAfterBlocked(progress.repair, detail) }
    : { ...progress, blame }
}

/** A dispute whose RED_FIX finds no tests that hold, or repeats itself, is rejected. */
function abandoned(progress: Progress, limits: StageLimits): Progress {
  const usedUp = progress.repeated || progress.counts.red > limits.redFix
  return progress.dispute !== null && usedUp ? withoutDispute(progress) : progress
}

/** RED_FIX looks at the tests afresh, on the same base. */
function afterDispute(progress: Progress, from: Dispute['from'], reason: string): Progress {
  const { start, repair, counts } = progress
  return {
    ...progress,
    at: 'red_fix',
    dispute: { reason, from, start, repair },
    start: { base: start.base, work: start.work, tree: null },
    repair: [],
    counts: { ...counts, disputes: counts.disputes + 1, red: 1 },
    seen: [],
  }
}

/** The tests stay as they are: the stage that disputed them goes on, and its attempt counts. */
function withoutDispute(progress: Progress): Progress {
  const { dispute, counts } = progress
  if (dispute === null) return progress
  const { from, start, repair } = dispute
  return {
    ...progress,
    at: from,
    dispute: null,
    start,
    repair,
    counts: { ...counts, [from]: counts[from] + 1 },
    repeated: false,
  }
}

function afterAcceptance(
  progress: Progress,
  stage: Stage,
  accepted: { readonly work: AcceptedWork; readonly kind: TaskKind; readonly refactor: boolean },
): Progress {
  const { work } = accepted
  const next: Progress = {
    ...progress,
    start: { base: work.base, work, tree: null },
    repair: [],
    dispute: null,
  }
  switch (stage) {
    case 'red':
    case 'red_fix':
      if (work.green !== null) return { ...next, at: 're_verify' }
      return { ...next, at: accepted.kind === 'verify_only' ? 'verify' : 'green' }
    case 'green':
      return { ...next, at: 'verify' }
    case 'fix':
    case 'refactor':
      return { ...next, at: 're_verify' }
    case 'verify':
      return {
        ...next,
        at: accepted.refactor && accepted.kind === 'implement' ? 'refactor' : 'land',
        verified: work,
      }
    case 're_verify':
      return { ...next, at: 'land', verified: work }
  }
}

function afterRefusal(
  progress: Progress,
  { stage, byPerson }: Attempt,
  outcome: {
    readonly refusals: readonly [Refusal, ...Refusal[]]
    readonly base: CommitId
    readonly tree: TreeId | null
  },
): Progress {
  const [first] = outcome.refusals
  const blame = `${first.code}: ${first.fact}`
  const start: StartPoint = { base: outcome.base, work: progress.start.work, tree: outcome.tree }
  const next = { ...progress, start, repair: outcome.refusals, blame }
  switch (stage) {
    case 'red':
    case 'red_fix': {
      const marks = [...(outcome.tree === null ? [] : [outcome.tree]), blame]
      const repeated =
        byPerson !== true && stage === 'red_fix' && marks.some((mark) => progress.seen.includes(mark))
      return { ...next, at: 'red_fix', repeated, seen: [...progress.seen, ...marks] }
    }
    case 'green':
      return { ...next, at: 'green' }
    case 'verify':
    case 're_verify':
      if (stage === 're_verify' && progress.verified !== null) return landVerified(progress)
      return { ...next, at: 'fix' }
    case 'fix':
      return { ...next, at: 'fix' }
    case 'refactor':
      return landVerified(progress)
  }
}

/** A refactoring is best effort: what was verified before it lands. */
function landVerified(progress: Progress): Progress {
  return { ...progress, at: 'land', start: { base: null, work: progress.verified, tree: null }, repair: [] }
}

function afterReturn(before: Progress, landingReturn: LandingReturn, generation: number): Progress {
  const reached = Math.min(landingReturn.generation, generation)
  const progress = before.generation < reached ? renewed(before, reached) : before
  const counts = {
    ...progress.counts,
    returns: progress.counts.returns + 1,
    red: 1,
    fix: 0,
    losses: 0,
    crashes: 0,
    limits: 0,
  }
  const { refusal } = landingReturn
  if (landingReturn.kind === 'already_done' || landingReturn.kind === 'machine_failed') {
    return { ...progress, at: 'human', counts, blame: refusal.fact }
  }
  return {
    ...progress,
    at: TESTS_ANEW.includes(landingReturn.kind) ? 'red_fix' : 'fix',
    start: { base: landingReturn.head, work: progress.start.work, tree: null },
    repair: [refusal],
    blame: `${refusal.code}: ${refusal.fact}`,
    verified: null,
    counts,
    seen: [],
  }
}

const TESTS_ANEW: readonly LandingReturn['kind'][] = ['tests_conflict', 'tests_refused']

/** A refactoring that cannot go on for whatever reason takes nothing away: what was verified before it lands. */
function decide(progress: Progress, context: { readonly limits: StageLimits; readonly now: number }): Step {
  const step = decideAlone(progress, context)
  const { at, verified } = progress
  const canLand = verified !== null && (at === 'refactor' || at === 're_verify' || at === 'land')
  const isOver = step.do === 'need_human' || step.do === 'fail'
  return canLand && isOver ? { do: 'land', work: verified } : step
}

function decideAlone(
  progress: Progress,
  context: { readonly limits: StageLimits; readonly now: number },
): Step {
  const { at, counts, blame } = progress
  const { limits, now } = context
  if (at === 'human' || progress.helpless) return { do: 'need_human', reason: blame }
  const endless = goesOnForever(counts, { limits, blame })
  if (endless !== null) return { do: 'need_human', reason: endless }
  if (counts.disputes > limits.disputes) {
    return {
      do: 'need_human',
      reason: `disputed ${counts.disputes} times: ${progress.dispute?.reason ?? blame}`,
    }
  }
  if (at === 'land') {
    const work = progress.start.work
    if (work === null) return { do: 'need_human', reason: 'nothing accepted is left to land' }
    return { do: 'land', work }
  }
  const used = usedUp(progress, limits)
  if (used !== null) return { do: 'fail', refusal: progress.repair[0] ?? null, reason: `${used} (${blame})` }
  if (progress.retryAt !== null && progress.retryAt > now)
    return { do: 'pause', until: progress.retryAt, reason: blame }
  return attempt(progress)
}

/** Names the limit that is used up, or null. */
function usedUp(progress: Progress, limits: StageLimits): string | null {
  const { at, counts } = progress
  if (counts.all >= limits.attempts) return usedUpText('the task', limits.attempts)
  if (progress.repeated) return 'RED_FIX repeated an earlier tree or an earlier refusal'
  const inRed = at === 'red' || at === 'red_fix'
  if (inRed && counts.red > limits.redFix) {
    return `RED and its ${counted(limits.redFix, 'repair')} are used up`
  }
  if (at === 'green' && counts.green >= limits.green) return usedUpText('GREEN', limits.green)
  if (at === 'fix' && counts.fix >= limits.fix) return usedUpText('FIX', limits.fix)
  return null
}

function usedUpText(who: string, attempts: number): string {
  return `${who}'s ${counted(attempts, 'attempt')} ${attempts === 1 ? 'is' : 'are'} used up`
}

function attempt(progress: Progress): Step {
  return {
    do: 'attempt',
    stage: progress.at as Stage,
    start: progress.start,
    repair: progress.repair,
    dispute: progress.dispute?.reason ?? null,
  }
}
