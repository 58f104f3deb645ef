import type { AgentEvent, AgentResult } from './agent.ts'
import { readClaude } from './printed-claude.ts'
import { readCodex } from './printed-codex.ts'
import { readOpenCode } from './printed-opencode.ts'

/** What one attempt of a command prints, line by line, read by somebody who knows it. */
export interface PrintedReader {
  /** What a line tells. What is no line of the format is told as it stands. */
  read(line: string): readonly AgentEvent[]
  /** What it means that the command failed, as far as it said so itself. */
  fault(): AgentResult | null
}

/** Formats in which coding agents print what they do, by name. */
export type PrintedFormat = 'text' | 'codex-json' | 'opencode-json' | 'claude-json'

/** A reader of one attempt. `now`: milliseconds since the epoch. */
export function printedReader(format: PrintedFormat, now: () => number): PrintedReader {
  switch (format) {
    case 'text':
      return { read: (line) => [{ kind: 'said', text: line }], fault: () => null }
    case 'codex-json':
      return readCodex()
    case 'opencode-json':
      return readOpenCode()
    case 'claude-json':
      return readClaude(now)
  }
}
