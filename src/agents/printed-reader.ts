import type { AgentEvent, AgentResult } from './agent.ts'

/** What one attempt of a command prints, line by line, read by somebody who knows it. */
export interface PrintedReader {
  /** What a line tells. What is no line of the format is told as it stands. */
  readonly read: (line: string) => readonly AgentEvent[]
  /** What it means that the command failed, as far as it said so itself. */
  readonly fault: () => AgentResult | null
}
