import { join } from 'node:path'
import { readUntrusted } from '../runtime/read-untrusted.ts'
import type { AgentRequest, AgentResult } from './agent.ts'
import { parsedJson } from '../domain/parsed-json.ts'

/** Bytes of a dispute or of claims that are read. */
const HAND_IN_LIMIT = 256 * 1024

/** Files outside the tree by which an agent says what its tree cannot. */
interface HandIn {
  readonly dispute: string
  readonly blocked: string
  readonly claims: string
}

function handInOf({ exchange }: AgentRequest): HandIn {
  return {
    dispute: join(exchange, 'dispute.txt'),
    blocked: join(exchange, 'blocked.txt'),
    claims: join(exchange, 'claims.json'),
  }
}

/** Tells the agent what it works on and where it hands in. */
export function handInEnvironment(request: AgentRequest): Record<string, string> {
  const { dispute, blocked, claims } = handInOf(request)
  return {
    TDD_TASK: request.task,
    TDD_STAGE: request.stage,
    TDD_ATTEMPT: String(request.attempt),
    TDD_DISPUTE_FILE: dispute,
    TDD_BLOCKED_FILE: blocked,
    TDD_CLAIMS_FILE: claims,
  }
}

/** What an agent that ended well has handed in: a dispute, why it cannot go on, or that it is done and which tests claim what. */
export async function handedIn(request: AgentRequest): Promise<AgentResult> {
  const files = handInOf(request)
  const text = async (file: string): Promise<string> =>
    ((await readUntrusted(file, HAND_IN_LIMIT)) ?? '').trim()
  const reason = await text(files.dispute)
  if (reason !== '') return { kind: 'disputed', reason }
  const blocked = await text(files.blocked)
  if (blocked !== '') return { kind: 'gave_up', cause: 'blocked', detail: blocked }
  return { kind: 'done', claims: parseClaims((await readUntrusted(files.claims, HAND_IN_LIMIT)) ?? '') }
}

/** Claims are hints of an untrusted agent: what does not look like claims is no claim. */
function parseClaims(text: string): Record<string, string[]> {
  const claims = parsedJson(text)
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return {}
  return Object.fromEntries(
    Object.entries(claims).flatMap(([criterion, names]) =>
      Array.isArray(names)
        ? [[criterion, names.filter((name): name is string => typeof name === 'string')]]
        : [],
    ),
  )
}
