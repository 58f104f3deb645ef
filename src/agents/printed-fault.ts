import type { AgentResult } from './agent.ts'
import { resultOfWords } from './provider-words.ts'

/** Of a failure in the agent's words; without a word about its provider it is its own. */
export function faultOfWords(failure: string | null): AgentResult | null {
  if (failure === null) return null
  return resultOfWords(failure) ?? { kind: 'gave_up', cause: 'crash', detail: failure }
}
