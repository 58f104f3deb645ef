import { z } from 'zod'
import type { PriceList } from '../domain/model-prices.ts'
import { parseMessage } from './claude-messages.ts'
import { resultOfClaude } from './claude-result.ts'
import { ClaudeSession } from './claude-session.ts'
import type { PrintedReader } from './printed-reader.ts'
import { otherLine, shapedLine } from './printed-json.ts'

/** `claude -p --output-format stream-json --verbose`: the messages that its SDK tells, too. */
export function readClaude(given: { readonly now: () => number; readonly prices: PriceList }): PrintedReader {
  const session = new ClaudeSession(given)
  return {
    fault: () => (session.result === null ? null : resultOfClaude({ session, ended: null, thrown: null })),
    read(line) {
      const message = parseMessage(shapedLine(line, z.unknown()))
      return message === null ? otherLine(line) : [...session.hear(message)]
    },
  }
}
