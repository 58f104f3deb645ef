import type { CommitId, TreeId } from '../domain/evidence.ts'
import type { Refusal } from '../domain/verdict.ts'

/** The directories in which agents and proofs work. A slot serves agents or proofs, never both. */
export interface Trees {
  /**
   * A slot for an agent, at a fixed path, holding exactly the files of `tree` and a throw-away `.git` with their
   * objects: the one that the task worked in before, else the nearest that is free.
   */
  agentTree(request: AgentTreeRequest): Promise<AgentTree>
  /**
   * Gives a task's slot up, if it is free, and brings it to where another task begins. Returns at once and tells no
   * failure: it only spares time. Who is lent the slot meanwhile waits for no more than is being written.
   */
  prepare(preparation: AgentTreePreparation): void
  /** A clean slot for proofs; waits while all are in use. */
  proofTree(request: ProofTreeRequest): Promise<ProofTree>
  /** Removes slots; never anything else. */
  close(): Promise<void>
}

export interface AgentTreeRequest {
  /** Whose attempt it is. What another task's agent left is gone; folders of dependencies stay for the same task. */
  readonly task: string
  readonly tree: TreeId
  /** The base shown to the agent as HEAD's parent; null for none. */
  readonly base: CommitId | null
  /** What its tests need; none where they need nothing, or their agent brings it by itself. */
  readonly setup?: AgentSetup
}

/** Setup in the slot of an agent. It runs before anything of the agent's work is there, unless the slot has it already. */
export interface AgentSetup {
  /** Equal where the same is installed. */
  readonly key: string
  /** Among whose files it runs. */
  readonly tree: TreeId
  readonly install: (place: SlotDirectories) => Promise<void>
}

/** Where commands run in a slot. */
export interface SlotDirectories {
  readonly slot: string
  readonly directory: string
  /** HOME and TMPDIR of the slot. */
  readonly home: string
  readonly temp: string
}

interface AgentTreePreparation {
  /** The task that gives its slot up. */
  readonly after: string
  readonly tree: TreeId
  readonly base: CommitId | null
}

/** Given back, its slot is made ready for what probably goes on from there: what was read, else where it began. */
export interface AgentTree extends SlotDirectories, AsyncDisposable {
  /** For what tests report. Its agent cannot write there. */
  readonly reports: string
  /** What the agent left, read as evidence: never following links, ignoring its `.git` and `.gitignore`. Call it only when every process of the attempt is dead, and before it is given back. */
  read(limits: TreeLimits): Promise<TreeReading>
  /** Removes at once all that its agent left, dependencies as well: it filled the disk. Every process of it is dead. */
  clear(): Promise<void>
}

export interface TreeLimits {
  readonly files: number
  readonly bytes: number
}

export type TreeReading =
  | { readonly kind: 'tree'; readonly tree: TreeId }
  | { readonly kind: 'forbidden'; readonly refusal: Refusal }

export interface ProofTreeRequest {
  readonly tree: TreeId
  /** Key of what setup must have installed; a slot whose key differs is set up anew by the caller. */
  readonly setupKey: string
}

export interface ProofTree extends AsyncDisposable {
  readonly slot: string
  readonly directory: string
  readonly home: string
  readonly temp: string
  /** Outside the tree, writable by the run: where injected reporters write. Empty at the start of each use. */
  readonly reports: string
  /** The setup key whose result is in the slot, or null. Ask again after `fill`: what setup installed may not have survived the run before. */
  readonly preparedFor: string | null
  /** Absolute paths of the folders that setup filled inside the tree; to be read-only for everything but setup. */
  dependencyDirectories(): readonly string[]
  /** Whether setup left something at this absolute path, in one of them. */
  readonly isInstalled: (path: string) => boolean
  /** Records that setup ran for this key. */
  prepared(setupKey: string): Promise<void>
  /** It was tried whether a broken line is noticed in the slot, since setup ran for its key. */
  readonly isGuarded: boolean
  /** Remembers that with what setup left; all but `noticed` only while this process lives, so that it is tried again. */
  guarded(seen: 'noticed' | 'unnoticed' | 'unknown'): Promise<void>
  /** Puts other files into the same slot, keeping what setup installed. */
  fill(tree: TreeId): Promise<void>
  /** As it is when it is first lent: the files of the tree and nothing that setup installed, HOME and TMPDIR empty. */
  clear(tree: TreeId): Promise<void>
}
