import type { CommitId } from './evidence.ts'
import type { Waiver } from './waiver.ts'

/** The name by which a person stands in the place of an agent and of a worker. */
export const PERSON = 'person'

/** A task that a person has taken, and what the engine still has to do for them. */
export interface PersonHold {
  /** Who took it, as git or the system names them. */
  readonly person: string
  /** Where they work; null where only what was refused is judged once more. */
  readonly directory: string | null
  /** The commit of the target that the directory was made from; null until it is made. */
  readonly base: CommitId | null
  /** What the engine has to do next: make the directory, or judge what lies in it. Null where it is the person's turn. */
  readonly asks: 'directory' | 'verdict' | null
  /** Whether the agents go on with what is accepted. */
  readonly giveBack: boolean
  /** What they overruled, for what is judged next. */
  readonly waivers: readonly Waiver[]
  /** Why the engine could not do what it was last asked for. */
  readonly problem: string | null
}
