import type { ExecResult } from '../runtime/exec.ts'
import type { AgentResult } from './agent.ts'
import { resultOfEnd } from './ended.ts'
import { resultOfWords } from './provider-words.ts'

/** What a conversation came to. */
export type AcpEnd =
  | { readonly kind: 'stopped'; readonly reason: string }
  /** It answered with an error: its number by JSON-RPC, and its words. */
  | { readonly kind: 'error'; readonly code: number; readonly text: string }
  /** It cannot do what we need: speak our version, or have the model that is configured. */
  | { readonly kind: 'unfit'; readonly code: 'failed' | 'model'; readonly detail: string }
  /** The connection was lost, with the process or before it. */
  | { readonly kind: 'lost'; readonly detail: string }

/**
 * Whose fault an end is; null for one that is none; pure. `prompted`: the agent had been given its work. Before that
 * nothing can be the fault of an attempt.
 */
export function resultOfAcp(
  end: AcpEnd,
  { ended, prompted }: { readonly ended: ExecResult; readonly prompted: boolean },
): AgentResult | null {
  // We end the process once it has told how its turn ended.
  const ofProcess = ended.end.kind === 'aborted' ? null : resultOfEnd(ended)
  const byItself = ended.end.kind === 'exited' || ended.end.kind === 'signaled'
  if (ofProcess !== null && !byItself) return ofProcess
  switch (end.kind) {
    case 'stopped':
      return ofStop(end.reason)
    case 'error':
      return ofError(end, prompted)
    case 'unfit':
      return { kind: 'infrastructure', code: end.code, detail: end.detail }
    case 'lost': {
      const detail = ofProcess?.kind === 'gave_up' ? ofProcess.detail : end.detail
      if (prompted) return crashed(detail)
      return {
        kind: 'infrastructure',
        code: 'failed',
        detail: `it ended before it took a prompt (does it speak the Agent Client Protocol?): ${detail}`,
      }
    }
  }
}

function ofStop(reason: string): AgentResult | null {
  switch (reason) {
    case 'end_turn':
      return null
    case 'max_turn_requests':
      return { kind: 'gave_up', cause: 'max_turns', detail: 'all turns are used up' }
    case 'max_tokens':
      return { kind: 'gave_up', cause: 'max_turns', detail: 'all tokens that it may use are used up' }
    case 'refusal':
      return { kind: 'gave_up', cause: 'refused', detail: 'the model refused' }
    default:
      return crashed(`its turn ended with ${JSON.stringify(reason.slice(0, 100))}`)
  }
}

const AUTH_REQUIRED = -32_000
/** The agent knows no such method, or not with these parameters. */
const NOT_SPOKEN = [-32_601, -32_602]

/** The protocol has a number for a missing login alone; the rest is told by the words that providers use. */
function ofError({ code, text }: Extract<AcpEnd, { kind: 'error' }>, prompted: boolean): AgentResult {
  const ofWords = resultOfWords(text)
  if (ofWords !== null) return ofWords
  if (code === AUTH_REQUIRED) return { kind: 'infrastructure', code: 'auth', detail: text }
  if (!prompted || NOT_SPOKEN.includes(code)) return { kind: 'infrastructure', code: 'failed', detail: text }
  return crashed(text)
}

function crashed(detail: string): AgentResult {
  return { kind: 'gave_up', cause: 'crash', detail }
}
