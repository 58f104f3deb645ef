import type { Usage } from '../agents/agent.ts'
import type { Attempt, AttemptOutcome } from '../domain/attempt.ts'
import type { Step } from '../domain/next-step.ts'
import type { PersonHold } from '../domain/person.ts'
import type { Claim } from '../store/store.ts'
import type { AttemptTerms } from './attempt-terms.ts'
import type { Meter } from './meter.ts'
import type { ProviderTurn } from './provider-gate.ts'
import type { ResourceTally } from './resource-tally.ts'
import type { RunTrace } from './run-trace.ts'

export type AttemptStep = Extract<Step, { do: 'attempt' }>

/** One stage of one claimed task. */
export interface StageCall {
  readonly claim: Claim
  readonly step: AttemptStep
  /** Earlier attempts of the task, oldest first. */
  readonly attempts: readonly Attempt[]
  /** Aborts when the claim is lost or the run must stop at once. */
  readonly signal: AbortSignal
  /** Set where a person has the task: they work it in place of an agent. */
  readonly person?: PersonHold
}

/** How a stage ended, with what it used. */
export interface StageEnd {
  readonly outcome: Exclude<AttemptOutcome, { kind: 'running' }>
  readonly usage: Usage
  readonly evidence: { readonly digest: string; readonly text: string } | null
}

export interface RunningStage {
  readonly call: StageCall
  readonly attempt: number
  /** By which model, and what is set aside; null where no agent works. */
  readonly terms: AttemptTerms | null
  readonly meter: Meter
  /** What its agent and its commands use is told here. */
  readonly tally: ResourceTally
  readonly trace: ReturnType<RunTrace['attempt']>
  /** The right of its agent to ask the provider; null where commands alone work. */
  readonly turn: ProviderTurn | null
  /** Whether the agent was called, and what it told of its spending; known also where the attempt is lost afterwards. */
  readonly spent: { usage: Usage; called: boolean; ended: boolean }
}
