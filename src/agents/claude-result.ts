import type { ExecResult } from '../runtime/exec.ts'
import type { AgentResult } from './agent.ts'
import type { ClaudeSession } from './claude-session.ts'
import { resultOfEnd } from './ended.ts'
import { limitOf } from './provider-limit.ts'

/** What became of a session of the client. */
interface ClaudeEnd {
  readonly session: Pick<ClaudeSession, 'id' | 'result' | 'resetAt' | 'hopeless' | 'isAsking'>
  /** How its process ended; null where none was started. */
  readonly ended: ExecResult | null
  /** What the SDK threw besides. */
  readonly thrown: string | null
}

/** Whose fault an end is; null for one that is none. The client tells errors of its provider as a success that is an error. */
export function resultOfClaude({ session, ended, thrown }: ClaudeEnd): AgentResult | null {
  const { id, result, resetAt, hopeless, isAsking } = session
  // We end the client once it has told its result.
  const ofProcess = ended === null || ended.end.kind === 'aborted' ? null : resultOfEnd(ended)
  const byItself = ended?.end.kind === 'exited' || ended?.end.kind === 'signaled'
  if (isAsking && ended?.end.kind === 'stalled') return silentProvider(ended.end.limitMs)
  if (ofProcess !== null && !byItself) return ofProcess
  if (hopeless !== null) return ofProvider(hopeless, { detail: 'it said no more', resetAt })
  if (result === null) return ofProcess ?? crashed(thrown ?? 'the client ended without a result')
  if (result.subtype === 'error_max_turns')
    return { kind: 'gave_up', cause: 'max_turns', detail: 'all turns are used up' }
  if (result.subtype === 'error_max_structured_output_retries')
    return {
      kind: 'gave_up',
      cause: 'max_turns',
      detail: 'none of its answers had the form that was asked for',
    }
  const detail = result.result ?? result.errors?.join('; ') ?? thrown ?? result.subtype
  if (result.stop_reason === 'refusal') return { kind: 'gave_up', cause: 'refused', detail }
  if (!result.is_error && result.subtype === 'success') return null
  const status = result.api_error_status ?? null
  if (TOO_LONG.test(detail)) return { kind: 'gave_up', cause: 'max_turns', detail }
  // It did serve: the connection was lost.
  if (status === null && id !== null)
    return { kind: 'provider_limit', cause: 'overloaded', resetAt: null, detail }
  return ofProvider(status, { detail, resetAt })
}

/** The client was silent because its provider was. */
function silentProvider(silentMs: number): AgentResult {
  const detail = `the provider did not answer for ${silentMs} ms`
  return { kind: 'provider_limit', cause: 'overloaded', resetAt: null, detail }
}

/** A provider that never said that it is limited may answer this session never: that is not waited for without end. */
export function afterPatience(
  limit: Extract<AgentResult, { readonly kind: 'provider_limit' }>,
  { result, hopeless }: Pick<ClaudeSession, 'result' | 'hopeless'>,
): AgentResult {
  const isSaid = limitOf(hopeless ?? result?.api_error_status ?? null) !== null
  return isSaid ? limit : { kind: 'infrastructure', code: 'failed', detail: limit.detail }
}

const OTHER_KEY = 'it takes another ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN, or credit'
const OTHER_MODEL = 'agents.claude.highModel, mediumModel and lowModel name the models'

/** What it has talked of is more than its model takes, and could not be made shorter. */
const TOO_LONG = /prompt is too long|exceeds? the context (?:window|limit)/i

/** Told as a request that is wrong. */
const NO_CREDIT = /credit balance is too low/i

function crashed(detail: string): AgentResult {
  return { kind: 'gave_up', cause: 'crash', detail }
}

function ofProvider(
  status: number | null,
  { detail, resetAt }: { readonly detail: string; readonly resetAt: number | null },
): AgentResult {
  const cause = limitOf(status)
  if (cause !== null) return { kind: 'provider_limit', cause, resetAt, detail }
  const advised = (code: 'auth' | 'model', advice: string): AgentResult => ({
    kind: 'infrastructure',
    code,
    detail: `${detail.trim().replace(/[.\s]+$/, '')}; ${advice}`,
  })
  if (status === 401 || status === 402 || status === 403 || NO_CREDIT.test(detail))
    return advised('auth', OTHER_KEY)
  if (status === 404) return advised('model', OTHER_MODEL)
  // An endpoint that is not there.
  if (status === null) return { kind: 'infrastructure', code: 'failed', detail }
  // The request itself is wrong, and nothing was served.
  return { kind: 'gave_up', cause: 'refused', detail }
}
