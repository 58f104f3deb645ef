import type { Readable } from 'node:stream'
import type { GiveUpCause } from '../domain/attempt.ts'
import type { TierModels } from '../domain/attempt-model.ts'
import type { AgentStage } from '../domain/stage.ts'
import type { Tier } from '../domain/tier.ts'
import type { SubscriptionWindow } from '../domain/subscription-window.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { ExecResult } from '../runtime/exec.ts'

/**
 * An external coding tool. It works in a directory, and everything it says is told as events; the last event is the
 * result. Aborting means: stop and take your children with you.
 */
export interface Agent {
  readonly name: string
  /** Where it tells what it uses: what its tiers are, and the most turns of an attempt. Left out, nothing of that is known beforehand. */
  readonly metering?: { readonly models: TierModels; readonly maxTurns: number }
  run(request: AgentRequest, signal: AbortSignal): AsyncIterable<AgentEvent>
}

export interface AgentRequest {
  readonly task: string
  readonly stage: AgentStage
  /** Earlier attempts of this task and stage that ended in a result; what the scripted agent plays next. */
  readonly playIndex: number
  /** The attempt's id, exported as TDD_ATTEMPT. */
  readonly attempt: number
  /** The directory of the agent tree; the agent's working directory. */
  readonly directory: string
  readonly prompt: string
  readonly tier: Tier
  /** Why the previous attempt was refused; empty on a first attempt. */
  readonly refusals: readonly Refusal[]
  /** Aborted when nothing new is to begin: who waits for its provider waits no longer. */
  readonly winding: AbortSignal
  /**
   * Asked before an agent that waited for its provider asks it again: waits until it is its turn among the agents of the
   * run. Answers null then, else until when it makes no sense to wait, also where nothing new is to begin.
   */
  readonly askAgain: () => Promise<number | null>
  /** Why this attempt may not change a path of its tree; null where it may. For drivers that can say so beforehand. */
  readonly mayChange: (path: string) => string | null
  /** Whether a path of the tree was there, in the project's own files, when the attempt began. */
  readonly isTracked: (path: string) => boolean
  /** What the task asks for, as its plan says it. */
  readonly criteria: readonly { readonly id: string; readonly text: string }[]
  /**
   * Runs tests in the agent tree, those of the task where none are named, and tells in words what they did. A help for the
   * agent while it works: contained, bounded, one at a time, never evidence. Never rejects.
   */
  readonly runTests: (files: readonly string[] | null, signal: AbortSignal) => Promise<string>
  /** Starts a program as this attempt: contained, in the agent tree, under the attempt's limits. None of its processes is left afterwards. */
  readonly launch: (command: AgentCommand, signal: AbortSignal) => Promise<ExecResult>
  /**
   * The JSON Schema of an answer that is asked for in the end. Left out: its work lies in the tree. Drivers that cannot ask
   * for one give none.
   */
  readonly answerSchema?: Readonly<Record<string, unknown>>
  /** A directory outside the tree that the agent may write: prompts, disputes, claims go through it. */
  readonly exchange: string
  /** Where our own code lies, for the programs of ours that an agent starts. Default: where it was installed. */
  readonly ownCode?: string
}

export interface AgentCommand {
  readonly argv: readonly [string, ...string[]]
  /** Less than the attempt may take as a rule; with what its programs took before. Default: as long as that. */
  readonly wallMs?: number
  /** Added to the attempt's environment. */
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string | Readable
  readonly onStdout?: (chunk: Buffer) => void
}

export type AgentEvent =
  | { readonly kind: 'said'; readonly text: string }
  | ToolEvent
  | { readonly kind: 'usage'; readonly usage: Usage }
  /** The provider does not serve now; the agent waits for it by itself, and keeps what it did. */
  | { readonly kind: 'limited'; readonly cause: ProviderLimit; readonly until: number }
  /** How much of a window of the subscription is used, as a share, and until when the window goes. */
  | ({ readonly kind: 'window' } & SubscriptionWindow)
  | { readonly kind: 'result'; readonly result: AgentResult }

/** A tool is used; told once more, with its outcome, by drivers that hear of it. */
export interface ToolEvent {
  readonly kind: 'tool'
  readonly name: string
  /** One line that says what it is used on. */
  readonly detail: string
  /** The same for a use and its outcome. */
  readonly call?: string
  /** What it was given. */
  readonly input?: string
  readonly outcome?: { readonly failed: boolean; readonly text: string }
}

/** Amounts of one attempt so far; each event carries the total. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly costUsd: number
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
}

export function summedUsage(left: Usage, right: Usage): Usage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    cacheReadTokens: left.cacheReadTokens + right.cacheReadTokens,
    cacheWriteTokens: left.cacheWriteTokens + right.cacheWriteTokens,
    costUsd: left.costUsd + right.costUsd,
  }
}

/** More than any attempt uses; thousands of them together are still told exactly. */
const MOST_TOKENS = 1e11
const MOST_USD = 1e6

/** What an agent tells of its use, as far as it can be: it is the agent's word, and the accounts add it up. */
export function boundedUsage(told: Usage): Usage {
  const tokens = (count: number): number => Math.ceil(bounded(count, MOST_TOKENS))
  return {
    inputTokens: tokens(told.inputTokens),
    outputTokens: tokens(told.outputTokens),
    cacheReadTokens: tokens(told.cacheReadTokens),
    cacheWriteTokens: tokens(told.cacheWriteTokens),
    costUsd: bounded(told.costUsd, MOST_USD),
  }
}

function bounded(amount: number, most: number): number {
  return Number.isNaN(amount) ? 0 : Math.min(most, Math.max(0, amount))
}

export type ProviderLimit = 'rate_limit' | 'overloaded'

export type AgentResult =
  /**
   * `claims`: criterion id to full names of the tests that the agent says cover it; checked, never believed. `answer`: what
   * it answered to a schema, a model's word that whoever asked has to parse; left out where it did not.
   */
  | {
      readonly kind: 'done'
      readonly claims: Readonly<Record<string, readonly string[]>>
      readonly answer?: unknown
    }
  | { readonly kind: 'disputed'; readonly reason: string }
  /** The agent ended without doing its work, by its own fault: turns used up, refused, crashed, timed out, stalled, or it says that it cannot go on. */
  | { readonly kind: 'gave_up'; readonly cause: GiveUpCause; readonly detail: string }
  /** The provider does not serve now. */
  | {
      readonly kind: 'provider_limit'
      readonly cause: ProviderLimit
      readonly resetAt: number | null
      readonly detail: string
    }
  /** Ours or the machine's fault. `auth` and `model`: the provider does not take its key, or does not have its model. */
  | {
      readonly kind: 'infrastructure'
      readonly code: 'auth' | 'model' | 'not_installed' | 'hidden' | 'session_exhausted' | 'failed'
      readonly detail: string
    }
  | { readonly kind: 'aborted' }
