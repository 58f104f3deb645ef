import type { Agent } from '../agents/agent.ts'
import type { StageLimits } from '../domain/next-step.ts'
import type { MessageTemplates } from '../domain/commit-message.ts'
import type { TreeId } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import type { OrchestratorError } from '../errors.ts'
import type { IncludedFiles } from '../git/included-files.ts'
import type { Git, Person, Signer } from '../git/git.ts'
import type { Recent } from '../git/recent.ts'
import type { SetupImages } from '../git/setup-images.ts'
import type { Trees } from '../git/trees.ts'
import type { Bulkhead } from '../runtime/bulkhead.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Exec } from '../runtime/exec.ts'
import type { Logger } from '../runtime/logger.ts'
import type { PortLeases } from '../runtime/port-leases.ts'
import type { CircuitRules } from '../store/circuit-records.ts'
import type { Store } from '../store/store.ts'
import type { HeldPath } from '../verify/held-paths.ts'
import type { WatchedSource } from '../verify/slot-canary.ts'
import type { Verifier } from '../verify/verify.ts'
import type { BudgetKeeper, SpendingRules } from './budget-keeper.ts'
import type { KnownSecrets } from './known-secrets.ts'
import type { ProviderGate } from './provider-gate.ts'
import type { ProjectsCache } from './project-facts.ts'
import type { PromptSettings } from './render-prompt.ts'
import type { Replay } from './replay.ts'
import type { RunTrace } from './run-trace.ts'
import type { SuitePlaces } from './suite-places.ts'
import type { AttemptTranscripts } from './transcripts.ts'
import type { TreeFactsCache } from './tree-facts.ts'
import type { UsedSlots } from './used-slots.ts'
import type { VerifierUse } from './verifier-use.ts'
import type { Wake } from './wake.ts'
import type { WindowKeeper } from './window-keeper.ts'

/** What is needed to measure trees: git, slots, containment. Made in `open.ts`. */
export interface Workshop {
  readonly clock: Clock
  readonly exec: Exec
  readonly git: Git
  readonly trees: Trees
  readonly settings: EngineSettings
  /** Verification slots: setup, tests and checks at once. */
  readonly verification: Bulkhead
  /** Directories that contained commands must not see. */
  readonly hidden: readonly string[]
  /** Inside them, what commands need all the same: our own code and the Node that plays sessions. */
  readonly visible: readonly string[]
  /** Where our own code lies for whoever else loads it, for as long as the run goes on. */
  readonly ownCode: string
  /** The user's environment, for the allow list of commands. */
  readonly environment: Readonly<Record<string, string>>
  readonly secrets: KnownSecrets
  /** What setup may be trusted with, and in which trees. */
  readonly setupTrust: SetupTrust
  /** What suites have of this place: variables, teardown. */
  readonly places: SuitePlaces
  /** Which files of the checkout trees get beside their own. */
  readonly included: IncludedFiles
  /** To be torn down when the engine closes, or before. */
  readonly usedSlots: UsedSlots
  /** Ports that a slot has to itself. */
  readonly ports: PortLeases
  /** What setup left, to be copied from slot to slot; null where each is set up by itself. */
  readonly images: SetupImages | null
  /** Versions of programs, by the manifests and the PATH that decide which program runs. */
  readonly versions: Map<string, Map<string, string>>
  /** What was read of trees, to find the suites that a change can affect. */
  readonly treeFacts: TreeFactsCache
  /** Texts of files, by blob. */
  readonly texts: Recent<string>
  readonly projects: ProjectsCache
  /** What tests lean on, by tree, suites and task. */
  readonly held: Recent<ReadonlyMap<string, HeldPath>>
  /** Told of slots that are blind; null where slots are not watched (ADR-0013). */
  readonly onBlindSlot: ((blind: BlindSlot) => Promise<void>) | null
  /** Whether contained commands run in a sandbox. */
  readonly contained: boolean
  /** How trees are measured: by commands, but in the simulation. */
  readonly openVerifier: (workshop: Workshop, use: VerifierUse) => Verifier
}

/** What is told of a slot whose tests do not notice a broken line of their own tree. */
interface BlindSlot extends WatchedSource {
  readonly slot: string
  readonly suite: string
}

/** Setup of a tree whose manifests an agent may have changed gets no secrets and runs no install scripts. */
interface SetupTrust {
  /** The tree that people made and whose manifests are trusted; null where every tree is people's work. */
  readonly tree: TreeId | null
  /** By suite: names of variables of the user's environment that its setup receives. */
  readonly secrets: Readonly<Record<string, readonly string[]>>
}

/** A workshop with the store that it owns. */
export interface World extends Workshop {
  readonly store: Store
  readonly faults: Logger
  /** What agents tell, in files beside the store. */
  readonly transcripts: AttemptTranscripts
  /** Measurements under way in this process, by the key of their evidence. */
  readonly underWay: Map<string, Promise<unknown>>
}

/** What belongs to one run. */
export interface RunContext extends World {
  readonly run: string
  readonly agent: Agent
  readonly suites: ReadonlyMap<string, Suite>
  readonly limits: StageLimits
  readonly target: string
  readonly branches: boolean
  readonly commits: CommitSettings
  readonly prompts: PromptSettings
  readonly rules: SpendingRules
  readonly budget: BudgetKeeper
  readonly provider: ProviderGate
  readonly windows: WindowKeeper
  readonly trace: RunTrace
  /** Set where a repository's own history is replayed; null where a plan is worked. */
  readonly replay: Replay | null
  /** Ends the run resumably: nothing new starts, exit code 75. */
  readonly pause: (
    by: 'budget' | 'window' | 'provider_limit' | 'target' | 'person' | 'circuit' | 'fault' | 'agent',
    reason: string,
    limitUntil: number | null,
  ) => void
  /** What a signal of a person does, asked for from elsewhere: once, or with `now` at once; `because` of a failure where it is not a person. */
  readonly stop: (now: boolean, because?: OrchestratorError) => void
  /** Tells a fault of our own to the log. */
  readonly report: (thrown: unknown) => void
  /** Workers of this process that go on claiming. */
  readonly working: Set<string>
  /** Checks that were told to be missing, by suite and name. */
  readonly missingChecks: Set<string>
  /** Rings whenever the state of a task may have changed. */
  readonly wake: Wake
  /** Aborted: start nothing new. */
  readonly winding: AbortSignal
  /** Aborted by a person: nothing more is landed either. */
  readonly leaving: AbortSignal
  /** Aborted: stop at once. */
  readonly stopping: AbortSignal
}

/** How the commits of a run are made. */
export interface CommitSettings {
  readonly author: Person
  readonly messages: MessageTemplates
  /** Null: commits are not signed. */
  readonly signer: Signer | null
}

export interface EngineSettings {
  readonly leaseMs: number
  readonly verificationSlots: number
  readonly cores: number
  /** Times that proof tests run in all. */
  readonly repeats: number
  /** Times that tests which fail at the base run again. */
  readonly baselineRepeats: number
  readonly memoryBytes: number | null
  readonly processes: number | null
  /** Whether the slots of agents are set up, as those of proofs are. */
  readonly setUpAgents: boolean
  /** What one agent, test or check may write; null for no limit. */
  readonly diskBytes: number | null
  /** The same of a command of setup. */
  readonly setupDiskBytes: number | null
  readonly onLimit: 'wait' | 'exit'
  readonly circuits: CircuitRules
  /** How long the history of circuits is kept. */
  readonly auditMs: number
}

export function suiteOf(context: RunContext, task: TaskDefinition): Suite {
  const suite = context.suites.get(task.suite)
  if (suite === undefined)
    throw new Error(`task ${task.key} names the suite ${task.suite}, which the run does not have`)
  return suite
}

export function targetRef(target: string): string {
  return `refs/heads/${target}`
}
