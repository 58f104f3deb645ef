import { join } from 'node:path'
import { readUntrusted } from '../runtime/read-untrusted.ts'
import type { AgentRequest, AgentResult } from './agent.ts'

/** Bytes of a dispute or of claims that are read. */
const HAND_IN_LIMIT = 256 * 1024

/** Files outside the tree by which an agent says what its tree cannot. */
interface HandIn {
  readonly dispute: string
  readonly claims: string
}

function handInOf({ exchange }: AgentRequest): HandIn {
  return { dispute: join(exchange, 'dispute.txt'), claims: join(exchange, 'claims.json') }
}

/** Tells the agent what it works on and where it hands in. */
export function handInEnvironment(request: AgentRequest): Record<string, string> {
  const { dispute, claims } = handInOf(request)
  return {
    TDD_TASK: request.task,
    TDD_STAGE: request.stage,
    TDD_ATTEMPT: String(request.attempt),
    TDD_DISPUTE_FILE: dispute,
    TDD_CLAIMS_FILE: claims,
  }
}

/** What an agent that ended well has handed in: a dispute, or that it is done and which tests claim what. */
export async function handedIn(request: AgentRequest): Promise<AgentResult> {
  const files = handInOf(request)
  const reason = ((await readUntrusted(files.dispute, HAND_IN_LIMIT)) ?? '').trim()
  if (reason !== '') return { kind: 'disputed', reason }
  return { kind: 'done', claims: parseClaims((await readUntrusted(files.claims, HAND_IN_LIMIT)) ?? '') }
}

/** Claims are hints of an untrusted agent: what does not look like claims is no claim. */
function parseClaims(text: string): Record<string, string[]> {
  if (text.trim() === '') return {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return {}
    return Object.fromEntries(
      Object.entries(parsed).flatMap(([criterion, names]) =>
        Array.isArray(names)
          ? [[criterion, names.filter((name): name is string => typeof name === 'string')]]
          : [],
      ),
    )
  } catch {
    // Not JSON: no claims.
    return {}
  }
}
