import type { AgentChoice } from '../domain/agent-choice.ts'
import type { Attempt, AttemptOutcome, LandingReturn } from '../domain/attempt.ts'
import type { AttemptModel, GivenModel } from '../domain/attempt-model.ts'
import type { AttemptResources } from '../domain/attempt-resources.ts'
import type { BudgetRefusal } from '../domain/budget.ts'
import type { CircuitState } from '../domain/circuit.ts'
import type { CommitId, TestId } from '../domain/evidence.ts'
import type { Event, EventQuery, NewEvent } from '../domain/event.ts'
import type { Limits } from '../domain/limits.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Spend } from '../domain/spend.ts'
import type { Stage } from '../domain/stage.ts'
import type { Suite } from '../domain/suite.ts'
import type { TaskState } from '../domain/task.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { RunRest } from '../domain/way-on.ts'
import type { ErrorCode } from '../errors.ts'
import type {
  CircuitHold,
  CircuitId,
  CircuitRow,
  CircuitRules,
  OutsideCircuit,
  OutsideOutcome,
} from './circuit-records.ts'
import type { Accounts, AskedBudgets } from './accounts.ts'
import type { Outbox } from './outbox.ts'
import type { People, PeopleRequest, TaskOfPeople } from './people.ts'
import type { PromptBook } from './prompt-book.ts'
import type { ClaimRequest, Scheduling } from './scheduling.ts'
import type { StoredTranscripts } from './transcripts.ts'

/**
 * The one truth: runs, tasks, claims, attempts, landings, spend, events. Every method is one transaction; a method that
 * changes something writes its events in the same transaction. A write that needs a claim takes the claim and answers
 * `false` when the lease is lost. Times are milliseconds since the epoch and come from the caller.
 */
export interface Store
  extends AsyncDisposable,
    Outbox,
    Accounts<HeldClaim>,
    PromptBook,
    StoredTranscripts,
    Scheduling,
    People<Claim, HeldClaim> {
  // runs
  /**
   * Takes the place of every run of the same title and the same keys that never started: their tasks are cancelled, which ends them.
   * Answers the ids of those.
   */
  createRun(run: NewRun, at: number): Promise<readonly string[]>
  /** Adds tasks to a run that has not ended; keys that exist already are refused with plan_invalid. */
  addTasks(run: string, plan: AddedPlan, at: number): Promise<void>
  run(id: string): Promise<Run | null>
  /** The run that people mean when they name none: the one that was last made, worked or changed by a person. */
  currentRun(): Promise<Run | null>
  /** The latest run that has not ended; one that was begun goes before one that was not. */
  unfinishedRun(): Promise<Run | null>
  /** Every plan that went into the run, as it was read, oldest first. */
  planTexts(run: string): Promise<string[]>
  /** Kept before anything is paid for: whatever ends the run, it goes on with the same agent. */
  keepAgent(run: string, choice: AgentChoice): Promise<void>
  /** Starts or resumes: sets target and base the first time, workers and circuits each time, marks it running. */
  startRun(run: string, start: RunStart, at: number): Promise<void>
  /** Ends or suspends, with how it goes on where it does. `running` is not accepted here. */
  suspendRun(
    run: string,
    state: 'completed' | 'incomplete' | 'paused' | 'interrupted',
    reason: string | null,
    at: number,
    rest?: RunRest,
  ): Promise<void>

  // tasks
  tasks(run: string): Promise<Task[]>
  task(run: string, key: string): Promise<Task | null>
  history(run: string, key: string): Promise<TaskHistory>
  /**
   * Claims the first task in order, or the first of the candidates, that can be claimed now: available, or retryable with `notBefore` past, every
   * dependency completed, no lock of it held by another task that is running or landing, run is running. Null when none can.
   */
  claim(request: ClaimRequest, at: number): Promise<Claim | null>
  /** Renews and answers which claims are lost. */
  renewClaims(claims: readonly HeldClaim[], leaseMs: number, at: number): Promise<HeldClaim[]>
  /**
   * Running tasks whose lease expired become retryable at once; their running attempts become lost to a crash, settled at
   * the larger of streamed and reserved. With `all`, every running task: for a new owner, whose predecessor is dead.
   */
  rescue(run: string, at: number, options?: { readonly all: boolean }): Promise<string[]>
  giveBack(
    claim: HeldClaim,
    back: { readonly notBefore: number; readonly reason: string },
    at: number,
  ): Promise<boolean>
  enterLanding(claim: HeldClaim, at: number): Promise<boolean>
  fail(
    claim: HeldClaim,
    failure: { readonly refusal: Refusal | null; readonly reason: string },
    at: number,
  ): Promise<boolean>
  needHuman(claim: HeldClaim, reason: string, at: number): Promise<boolean>
  /**
   * By a person; false when the state does not allow it. A running task's claim is lost by it. A run of which no other
   * task is left has ended; one that is being worked ends by itself.
   */
  cancel(run: string, key: string, reason: string, at: number): Promise<boolean>
  /** By a person: limits anew; accepted stages are kept unless `from` drops them. Blocked dependants go back to pending. */
  retry(
    run: string,
    key: string,
    options: { readonly from: 'red' | null; readonly note: string | null },
    at: number,
  ): Promise<boolean>

  // attempts
  /** The row exists before the agent starts; its budget is reserved. */
  startAttempt(claim: HeldClaim, attempt: NewAttempt, at: number): Promise<StartedAttempt>
  /** Amounts so far of a running attempt; each call replaces the last. `setAside`: no less stays reserved for it. */
  recordUsage(attempt: number, spend: Spend, setAside?: Spend): Promise<void>
  finishAttempt(claim: HeldClaim, attempt: number, end: AttemptEnd, at: number): Promise<boolean>

  // circuits
  /** What keeps a worker from claiming anything now; null where nothing does. */
  circuitHold(run: string, worker: string, at: number): Promise<CircuitHold | null>
  /** Those of the run that ever counted a failure, or of them those that are not closed. */
  circuits(run: string, which?: 'all' | 'not_closed'): Promise<CircuitRow[]>
  /** By a person. Answers the state that it was in; null where there is no such circuit. */
  resetCircuit(circuit: CircuitId, at: number): Promise<CircuitState | null>

  /** Forgets events of circuits and answered requests from before that time; `most` rows went: there may be more. */
  prune(before: number, most: number): Promise<number>

  // landing
  /** One writer a target: null while another holds the lease. A new holder gets a larger token. */
  takeLandingLease(target: string, holder: string, leaseMs: number, at: number): Promise<number | null>
  renewLandingLease(target: string, token: number, leaseMs: number, at: number): Promise<boolean>
  releaseLandingLease(target: string, token: number, at: number): Promise<void>
  /** Tasks in state `landing`, those that came back first in front, then in order of arrival. */
  landingQueue(run: string): Promise<string[]>
  /** Written before the ref moves, for work of that generation of the task. */
  recordIntent(intent: LandingIntent, generation: number, at: number): Promise<boolean>
  /** Intents without a receipt: recovery decides from git what became of them. */
  openIntents(run: string): Promise<LandingIntent[]>
  /** The target provably contains the merge: the task is completed, dependants are unlocked. */
  recordReceipt(receipt: LandingReceipt, at: number): Promise<boolean>
  /** The ref did not move. */
  dropIntent(run: string, task: string, at: number): Promise<void>
  /** The combination does not hold: the task is claimable again, in front; or waits for a person when `needsHuman`. */
  recordReturn(
    run: string,
    landingReturn: LandingReturn,
    needsHuman: string | null,
    at: number,
  ): Promise<boolean>
  landed(run: string): Promise<LandingReceipt[]>
  /** Keys of completed tasks whose landing was lost, and that nobody retried since. */
  lostLandings(run: string): Promise<string[]>
  /**
   * The target no longer contains the merge of a completed task: it stays completed, dependants that have not landed
   * wait for a person (their keys are answered), and `retry` may land it again.
   */
  loseLanding(run: string, task: string, at: number): Promise<string[]>

  // evidence
  keepEvidence(key: string, value: string, at: number): Promise<void>
  recallEvidence(key: string): Promise<string | null>

  // tests that count for nothing until a person clears them, in every run of the repository
  quarantine(
    told: { readonly run: string; readonly task: string; readonly tests: readonly TestId[] },
    at: number,
  ): Promise<void>
  quarantined(): Promise<QuarantinedTest[]>
  /** By a person; a part that is null means every one. Answers what was cleared. */
  clearQuarantine(which: QuarantineChoice, at: number): Promise<QuarantinedTest[]>

  // workers, for those who watch
  noteWorker(worker: WorkerNote, at: number): Promise<void>
  /** It works no more. Who takes its place is told once for each pair; null where nobody does. */
  retireWorker(
    retired: { readonly run: string; readonly worker: string; readonly by: string | null },
    at: number,
  ): Promise<void>
  workers(run: string): Promise<WorkerNote[]>

  // events
  append(events: readonly NewEvent[], at: number): Promise<void>
  events(query: EventQuery): Promise<Event[]>
  /** Resolves when an event after `seq` exists or the signal aborts. */
  waitForEvent(seq: number, signal: AbortSignal): Promise<void>

  // requests of other processes
  /** Requests handed in and not answered yet, oldest first. */
  openRequests(): Promise<StoreRequest[]>
  answerRequest(id: number, answer: StoreAnswer, at: number): Promise<void>
  /** Carries out a request that only changes the store and answers it, both or neither. Null for one that is not its own (`stop`). */
  fulfilRequest(id: number, at: number): Promise<StoreAnswer | null>
  /** Called soon after another process handed something in; answers how to stop listening. */
  onRequest(handler: () => void): () => void

  /** Ends the thread after everything handed in is committed. May be called twice. */
  close(): Promise<void>
}

export interface NewRun {
  readonly id: string
  readonly title: string
  /** Suites, limits and commands as they were when the run was made; no tree changes them later. */
  readonly suites: readonly Suite[]
  readonly limits: Limits
  readonly agent: string
  readonly requirements: unknown
  /** The plans as they were read, for `run --new`. */
  readonly planTexts: readonly string[]
  readonly tasks?: readonly TaskDefinition[]
}

interface RunStart {
  readonly target: string
  readonly base: CommitId
  readonly workers: number
  /** Default: none is asked. */
  readonly circuits?: CircuitRules
  /** Whether what holds workers or the run is tried at once. Default: it is waited for. */
  readonly skipWaits?: boolean
}

/** A further plan of a run. */
export interface AddedPlan {
  readonly tasks: readonly TaskDefinition[]
  readonly suites: readonly Suite[]
  /** As it was read, for `run --new`. */
  readonly planText: string
}

export const RUN_STATES = ['planned', 'running', 'paused', 'interrupted', 'completed', 'incomplete'] as const
type RunState = (typeof RUN_STATES)[number]

export function hasEnded(state: RunState): boolean {
  return state === 'completed' || state === 'incomplete'
}

export interface Run extends Omit<NewRun, 'planTexts'> {
  readonly state: RunState
  readonly reason: string | null
  readonly target: string | null
  readonly base: CommitId | null
  /** The agent that it was last started with; null before that. */
  readonly startedWith: AgentChoice | null
  readonly workers: number
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

export interface Task extends TaskOfPeople {
  readonly definition: TaskDefinition
  readonly state: TaskState
  readonly generation: number
  /** Acceptances of earlier generations than this were dropped by a retry from RED. */
  readonly acceptedSince: number
  /** Note of the person who retried it; told to the next agent. */
  readonly note: string | null
  readonly claimedBy: string | null
  readonly stateSince: number
}

export interface TaskHistory {
  readonly attempts: readonly Attempt[]
  readonly returns: readonly LandingReturn[]
}

export interface Claim {
  readonly run: string
  readonly task: Task
  readonly worker: string
  readonly token: number
  readonly expiresAt: number
}

/** A claim as far as what is done under it asks. */
export interface HeldClaim extends Pick<Claim, 'run' | 'worker' | 'token'> {
  readonly task: { readonly definition: Pick<TaskDefinition, 'key'> }
}

interface NewAttempt {
  readonly stage: Stage
  readonly agent: string | null
  /** What is reserved before spending; settled by the end. */
  readonly reserved: Spend
  readonly model?: GivenModel | null
  /** Asked before it begins. Default: none are. */
  readonly budgets?: AskedBudgets | null
}

export type StartedAttempt =
  | { readonly kind: 'started'; readonly attempt: number }
  | { readonly kind: 'lease_lost' }
  /** A circuit is open that it would run under. */
  | ({ readonly kind: 'held' } & CircuitHold)
  | { readonly kind: 'over_budget'; readonly refusal: BudgetRefusal }

export interface AttemptEnd {
  readonly outcome: Exclude<AttemptOutcome, { kind: 'running' }>
  readonly spend: Spend
  /** The agent ended before it told what it used: the larger of `spend`, streamed and reserved is charged. Default false. */
  readonly estimated?: boolean
  readonly agentMs: number
  readonly verifyMs: number
  readonly waitMs: number
  readonly engineMs: number
  /** Canonical evidence of an acceptance, kept under its digest; null otherwise. */
  readonly evidence: { readonly digest: string; readonly text: string } | null
  /** What its processes used; null, which is the default, where nothing was sampled. */
  readonly resources?: AttemptResources | null
  readonly alternatives?: AttemptModel['alternatives']
}

export interface LandingIntent {
  readonly run: string
  readonly task: string
  readonly target: string
  readonly token: number
  /** Head of the target that the merge builds on. */
  readonly expected: CommitId
  readonly merge: CommitId
  readonly red: CommitId
  readonly green: CommitId
  readonly evidence: string
  readonly evidenceText: string
}

export interface LandingReceipt {
  readonly run: string
  readonly task: string
  readonly target: string
  readonly merge: CommitId
  readonly red: CommitId
  readonly green: CommitId
  readonly evidence: string
  readonly landedAt: number
}

export interface QuarantinedTest extends TestId {
  /** The landing at which it disagreed with itself. */
  readonly run: string
  readonly task: string
  readonly since: number
}

interface QuarantineChoice {
  readonly file: string | null
  readonly name: string | null
}

export interface WorkerNote {
  readonly run: string
  readonly worker: string
  readonly state: 'idle' | 'working' | 'stopped'
  readonly task: string | null
  readonly stage: Stage | null
  readonly since: number
}

/** What another process asks of the store's owner. */
export type StoreRequestBody =
  | { readonly kind: 'cancel'; readonly run: string; readonly task: string; readonly reason: string }
  | {
      readonly kind: 'retry'
      readonly run: string
      readonly task: string
      readonly from: 'red' | null
      readonly note: string | null
    }
  | ({ readonly kind: 'add_tasks'; readonly run: string } & AddedPlan)
  | ({ readonly kind: 'clear_quarantine' } & QuarantineChoice)
  | ({ readonly kind: 'reset_circuit' } & CircuitId)
  /** All of the run that ever counted a failure. */
  | { readonly kind: 'reset_circuits'; readonly run: string }
  | ({ readonly kind: 'ask_circuit' } & OutsideCircuit)
  | ({ readonly kind: 'tell_circuit'; readonly says: OutsideOutcome } & OutsideCircuit)
  | { readonly kind: 'register_worker'; readonly run: string; readonly worker: string }
  | PeopleRequest
  | { readonly kind: 'stop'; readonly now: boolean }

export interface StoreRequest {
  readonly id: number
  readonly at: number
  /** Null where it is none that this program knows; `fulfilRequest` says so to its sender. */
  readonly body: StoreRequestBody | null
}

/** What the owner answers. `value` is what the operation of the store answered. */
export type StoreAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly hint: string | null }
