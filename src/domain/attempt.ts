import type { CommitId, TreeId } from './evidence.ts'
import type { Stage } from './stage.ts'
import type { Tier } from './tier.ts'
import type { Refusal } from './verdict.ts'
import type { Waiver } from './waiver.ts'

/** One execution of one stage of a task; numbered, never rewritten. */
export interface Attempt {
  readonly id: number
  readonly task: string
  readonly stage: Stage
  /** 1 for the first attempt of the task in this generation, then counting up over all stages. */
  readonly number: number
  /** `task retry` starts a new generation: limits begin anew, accepted stages are kept unless dropped. */
  readonly generation: number
  readonly outcome: AttemptOutcome
  /** A person had the task: it counts against no limit. Default false. */
  readonly byPerson?: boolean
  /** Of the model that it asked for; null, which is the default, where no agent was called. */
  readonly tier?: Tier | null
}

export type AttemptOutcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'accepted'; readonly work: AcceptedWork }
  /** `tree` is what the agent left on `base`, for the next attempt to go on from; null when nothing of it may be kept. */
  | {
      readonly kind: 'refused'
      readonly refusals: readonly [Refusal, ...Refusal[]]
      readonly base: CommitId
      readonly tree: TreeId | null
    }
  /** The agent ended by its own fault before there was a tree to judge. Counts like a refusal. */
  | { readonly kind: 'gave_up'; readonly cause: GiveUpCause; readonly detail: string }
  /** GREEN or FIX holds a test wrong and says why. */
  | { readonly kind: 'disputed'; readonly reason: string }
  /** RED_FIX looked at a dispute and left the tests as they are. */
  | { readonly kind: 'dispute_rejected' }
  /** Not the task's fault; never counted as an attempt. */
  | {
      readonly kind: 'lost'
      readonly cause: LossCause
      readonly detail: string
      readonly retryAt: number | null
    }

/** `blocked`: the agent said that it cannot go on, which nobody has checked. */
export const GIVE_UP_CAUSES = ['max_turns', 'crash', 'timeout', 'stalled', 'refused', 'blocked'] as const
export type GiveUpCause = (typeof GIVE_UP_CAUSES)[number]

/** What a lost attempt was lost to. */
/** `exhausted`: trying again cannot help without a person (a session file has no further attempt, the sandbox hides the agent). */
export const LOSS_CAUSES = ['infrastructure', 'provider_limit', 'user', 'crash', 'exhausted'] as const
export type LossCause = (typeof LOSS_CAUSES)[number]

/** The state of the task's work after an accepted stage, as git objects. */
export interface AcceptedWork {
  /** The commit of the target that this work starts from. */
  readonly base: CommitId
  /** `base` plus the task's tests; equal to `base` where the task writes none. */
  readonly red: CommitId
  /** `red` plus its sources; null until GREEN is accepted. */
  readonly green: CommitId | null
  /** Digest of the canonical evidence of this acceptance. */
  readonly evidence: string
  /** What a person overruled to get here. Default: nothing. */
  readonly waivers?: readonly Waiver[]
}

/** The landing queue gave the task back: the combination with the target does not hold. */
export interface LandingReturn {
  readonly task: string
  readonly generation: number
  /** The number of the last attempt before the return. */
  readonly afterAttempt: number
  /** The head of the target on which it did not hold. */
  readonly head: CommitId
  readonly kind: LandingReturnKind
  readonly refusal: Refusal
}

/**
 * `already_done`: the task's tests pass on the new head without its sources. `machine_failed`: the landing itself could
 * not be carried out. Both are for a person; the others are repaired. `person_refused`, `tests_refused`: a person did not
 * approve it, or not its tests.
 */
export const LANDING_RETURN_KINDS = [
  'tests_conflict',
  'sources_conflict',
  'verification_failed',
  'already_done',
  'machine_failed',
  'person_refused',
  'tests_refused',
] as const
type LandingReturnKind = (typeof LANDING_RETURN_KINDS)[number]
