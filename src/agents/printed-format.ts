import type { PriceList } from '../domain/model-prices.ts'
import { readClaude } from './printed-claude.ts'
import { readCodex } from './printed-codex.ts'
import { readOpenCode } from './printed-opencode.ts'
import type { PrintedReader } from './printed-reader.ts'

/** Formats in which coding agents print what they do, by name. */
export type PrintedFormat = 'text' | 'codex-json' | 'opencode-json' | 'claude-json'

/** A reader of one attempt. `now`: milliseconds since the epoch. */
export function printedReader(
  format: PrintedFormat,
  given: { readonly now: () => number; readonly prices: PriceList },
): PrintedReader {
  switch (format) {
    case 'text':
      return { read: (line) => [{ kind: 'said', text: line }], fault: () => null }
    case 'codex-json':
      return readCodex()
    case 'opencode-json':
      return readOpenCode()
    case 'claude-json':
      return readClaude(given)
  }
}
