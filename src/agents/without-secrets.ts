import type { GiveUpCause } from '../domain/attempt.ts'
import { headAndTail } from '../domain/head-and-tail.ts'
import { mapTexts } from '../domain/map-texts.ts'
import { seenText } from '../domain/plain-text.ts'
import { REDACTED, redactor } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { Agent, AgentEvent, AgentResult, ToolEvent } from './agent.ts'

/** Of a reason or a detail; they are shown, and kept in the log of events. */
const LONGEST_TEXT = 4_000
/** Of what a tool was used on. */
const LONGEST_TOOL = 300
/** Of what a tool was given, and of what came of it. */
const LONGEST_BODY = 4_000
/** Of why an agent gave up, which ends with the last line that it wrote. */
const LONGEST_LINE = 320
/** Of what it says itself. */
const LONGEST_END: Readonly<Partial<Record<GiveUpCause, number>>> = { blocked: LONGEST_TEXT }

/** The same agent, which tells nothing of these secrets, and of no other that is known by its shape. */
export function withoutSecrets(agent: Agent, secrets: readonly string[]): Agent {
  const clean = redactor(secretForms(secrets))
  return {
    name: agent.name,
    ...(agent.metering === undefined ? {} : { metering: agent.metering }),
    async *run(request, signal) {
      const key = new KeyInLines()
      for await (const event of agent.run(request, signal)) {
        const isKey = event.kind === 'said' && key.holds(event.text)
        yield isKey ? { kind: 'said', text: REDACTED } : cleanEvent(event, clean)
      }
    },
  }
}

/** A private key that is told line by line has its shape in none of them. */
class KeyInLines {
  #left = 0

  holds(text: string): boolean {
    const begins = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?![\s\S]*-----END)/.test(text)
    const isIn = this.#left > 0
    this.#left = begins ? LONGEST_KEY : Math.max(0, this.#left - 1)
    if (isIn && text.includes('-----END')) this.#left = 0
    return isIn
  }
}

/** In lines of 64 characters it is one of 16384 bits. */
const LONGEST_KEY = 200

type Clean = (text: string) => string

function cleanEvent(event: AgentEvent, clean: Clean): AgentEvent {
  switch (event.kind) {
    case 'said':
      return { ...event, text: clean(event.text) }
    case 'tool':
      return cleanTool(event, clean)
    case 'result':
      return { ...event, result: cleanResult(event.result, clean) }
    case 'window':
      return { ...event, name: clean(event.name) }
    case 'usage':
    case 'limited':
      return event
  }
}

function cleanTool({ call, input, outcome, ...event }: ToolEvent, clean: Clean): ToolEvent {
  const body = (text: string): string => headAndTail(clean(text), LONGEST_BODY)
  return {
    ...event,
    name: clean(event.name).slice(0, LONGEST_TOOL),
    detail: clean(event.detail).slice(0, LONGEST_TOOL),
    ...(call === undefined ? {} : { call: clean(call).slice(0, LONGEST_TOOL) }),
    ...(input === undefined ? {} : { input: body(input) }),
    ...(outcome === undefined ? {} : { outcome: { failed: outcome.failed, text: body(outcome.text) } }),
  }
}

/**
 * Why it ended is kept, and shown in terminals and prompts: without what these would obey or hide. Cut only afterwards: part of
 * a secret has no shape.
 */
function cleanResult(result: AgentResult, clean: Clean): AgentResult {
  // Both before and behind: such characters may part a secret, or belong to one.
  const seen = (text: string): string => clean(seenText(clean(text)))
  switch (result.kind) {
    case 'done':
      return {
        ...result,
        claims: cleanClaims(result.claims, clean),
        ...(result.answer === undefined
          ? {}
          : { answer: mapTexts(result.answer, { text: clean, name: clean }) }),
      }
    case 'disputed':
      return { ...result, reason: seen(result.reason).slice(0, LONGEST_TEXT) }
    case 'gave_up':
      return { ...result, detail: shortened(seen(result.detail), LONGEST_END[result.cause] ?? LONGEST_LINE) }
    case 'provider_limit':
    case 'infrastructure':
      return { ...result, detail: seen(result.detail).slice(0, LONGEST_TEXT) }
    case 'aborted':
      return result
  }
}

function shortened(detail: string, longest: number): string {
  return detail.length > longest ? `${detail.slice(0, longest - 1)}…` : detail
}

function cleanClaims(
  claims: Extract<AgentResult, { kind: 'done' }>['claims'],
  clean: Clean,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(claims).map(([criterion, names]) => [clean(criterion), names.map(clean)]),
  )
}
