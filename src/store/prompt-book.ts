import type { KeptPrompt } from '../domain/prompt-part.ts'
import type { AgentStage } from '../domain/stage.ts'

/** The part of the store that holds what agents are asked with, and what they were sent. */
export interface PromptBook {
  /** The templates that a run asks with from now on: as they are when it starts or goes on. */
  keepTemplates(run: string, templates: Readonly<Record<AgentStage, string>>): Promise<void>
  /** Before its agent begins. Parts for which there was no room are told as an event. */
  keepPrompt(attempt: number, prompt: KeptPrompt, at: number): Promise<void>
  /** Forgets what attempts were sent, no more than `most` of them; answers how many. As many as that: there may be more. */
  prunePrompts(keep: KeptPrompts, most: number): Promise<number>
}

interface KeptPrompts {
  /** Those of attempts that ended before go. */
  readonly from: number
  /** And the oldest where all of them, packed, take more. */
  readonly bytes: number
}
