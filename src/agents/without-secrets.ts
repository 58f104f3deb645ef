import { redactSecrets } from '../runtime/redact-secrets.ts'
import type { Agent, AgentEvent, AgentResult } from './agent.ts'

/** Of a reason or a detail; they are shown, and kept in the log of events. */
const LONGEST_TEXT = 4_000
/** Of what a tool was used on. */
const LONGEST_TOOL = 300
/** Of why an agent gave up, which ends with the last line that it wrote. */
const LONGEST_END = 320

/** The same agent, which tells nothing of these secrets, and of no other that is known by its shape. */
export function withoutSecrets(agent: Agent, secrets: readonly string[]): Agent {
  const known = linesOf(secrets)
  const clean = (text: string): string => redactSecrets(text, known)
  return {
    name: agent.name,
    ...(agent.metering === undefined ? {} : { metering: agent.metering }),
    async *run(request, signal) {
      for await (const event of agent.run(request, signal)) yield cleanEvent(event, clean)
    },
  }
}

/** What an agent tells comes line by line, and so does a secret of several lines. */
function linesOf(secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => [secret, ...secret.split('\n')].map((line) => line.trim()))
}

type Clean = (text: string) => string

function cleanEvent(event: AgentEvent, clean: Clean): AgentEvent {
  switch (event.kind) {
    case 'said':
      return { ...event, text: clean(event.text) }
    case 'tool':
      return { ...event, name: clean(event.name), detail: clean(event.detail).slice(0, LONGEST_TOOL) }
    case 'result':
      return { ...event, result: cleanResult(event.result, clean) }
    case 'window':
      return { ...event, name: clean(event.name) }
    case 'usage':
    case 'limited':
      return event
  }
}

/** Cut only afterwards: part of a secret has no shape. */
function cleanResult(result: AgentResult, clean: Clean): AgentResult {
  switch (result.kind) {
    case 'done':
      return { ...result, claims: cleanClaims(result.claims, clean) }
    case 'disputed':
      return { ...result, reason: clean(result.reason).slice(0, LONGEST_TEXT) }
    case 'gave_up':
      return { ...result, detail: shortened(clean(result.detail)) }
    case 'provider_limit':
    case 'infrastructure':
      return { ...result, detail: clean(result.detail).slice(0, LONGEST_TEXT) }
    case 'aborted':
      return result
  }
}

function shortened(detail: string): string {
  return detail.length > LONGEST_END ? `${detail.slice(0, LONGEST_END - 1)}…` : detail
}

function cleanClaims(
  claims: Extract<AgentResult, { kind: 'done' }>['claims'],
  clean: Clean,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(claims).map(([criterion, names]) => [clean(criterion), names.map(clean)]),
  )
}
