import type { CommitId } from '../domain/evidence.ts'
import type { PersonHold } from '../domain/person.ts'
import type { WaivableCode } from '../domain/waiver.ts'
import type { RunPause } from '../domain/way-on.ts'

/** The part of the store that keeps what people have taken and approved. Changes by people come as requests. */
export interface People<Claim, Held> {
  /** What people asked of the engine in a run and it has not done yet, oldest claim first. */
  peoplesWork(run: string): Promise<PersonsWork<Claim>[]>
  /** It is done, or cannot be, and is the person's turn again. */
  answerPerson(claim: Held, answer: PersonAnswer, at: number): Promise<boolean>
  /** Whether landings of the run wait until a person approves them; kept until it is said again. */
  requireApproval(run: string, required: boolean): Promise<void>
  /** How a run came to rest; null where it is worked, or rests for something else than a pause. */
  rest(run: string): Promise<Rest | null>
}

/** A pause with what paused it and why. */
export interface Rest extends RunPause {
  readonly by: string | null
  readonly reason: string | null
}

export interface PersonsWork<Claim> {
  readonly claim: Claim
  readonly hold: PersonHold
}

/** The part of a task that is about people. */
export interface TaskOfPeople {
  /** Null where no person has taken it. */
  readonly person: PersonHold | null
  readonly waitsForApproval: boolean
}

interface PersonAnswer {
  /** The commit that the directory was made from; left out where it stays. */
  readonly base?: CommitId
  readonly problem: string | null
}

interface OfTask {
  readonly run: string
  readonly task: string
  /** Who asks, as git or the system names them. */
  readonly person: string
}

export type TakeRequest = OfTask & { readonly kind: 'take'; readonly directory: string }
export type SubmitRequest = OfTask & { readonly kind: 'submit'; readonly giveBack: boolean }
export type GiveBackRequest = OfTask & { readonly kind: 'give_back' }
export type WaiveRequest = OfTask & {
  readonly kind: 'waive'
  readonly codes: readonly WaivableCode[]
  readonly reason: string
}
interface OfLanding extends OfTask {
  /** Since when that waits which they looked at: what arrived in its place meanwhile is not meant. */
  readonly since: number
}

/** `work` is the commit that is approved. */
export type ApproveRequest = OfLanding & { readonly kind: 'approve'; readonly work: CommitId }
export type RefuseRequest = OfLanding & {
  readonly kind: 'refuse'
  readonly note: string
  /** Whether its tests are to be written again, too. */
  readonly tests: boolean
  /** What its work was made on, and the number of its last attempt. */
  readonly base: CommitId
  readonly afterAttempt: number
}

export type PeopleRequest =
  | TakeRequest
  | SubmitRequest
  | GiveBackRequest
  | WaiveRequest
  | ApproveRequest
  | RefuseRequest
