import type { AttemptOutcome } from './attempt.ts'
import type { AttemptResources } from './attempt-resources.ts'

/** What a span of a trace says beside its name and times. No texts of plans, prompts, agents or tests: words and numbers. */
export interface SpanFacts {
  readonly attributes: Readonly<Record<string, string | number | readonly string[]>>
  /** What went wrong, as `error.type`; null where nothing did. */
  readonly error: string | null
}

type EndedOutcome = Exclude<AttemptOutcome, { kind: 'running' }>

/** Of an attempt that has ended. */
export function attemptFacts(outcome: EndedOutcome, resources: AttemptResources | null): SpanFacts {
  return {
    attributes: {
      'tdd.attempt.outcome': outcome.kind,
      ...(outcome.kind === 'refused' ? { 'tdd.refusal.codes': codesOf(outcome) } : {}),
      ...(resources === null ? {} : { 'tdd.attempt.cpu_ms': resources.cpuMs }),
      ...(resources === null || resources.samples === 0
        ? {}
        : {
            'tdd.attempt.peak_memory_bytes': resources.peakBytes,
            'tdd.attempt.peak_processes': resources.peakProcesses,
          }),
    },
    error: attemptError(outcome),
  }
}

/** A person who stops a run, and a test that is held wrong, are no errors. */
function attemptError(outcome: EndedOutcome): string | null {
  switch (outcome.kind) {
    case 'refused':
      return outcome.refusals[0].code
    case 'gave_up':
      return outcome.cause
    case 'lost':
      return outcome.cause === 'user' ? null : outcome.cause
    case 'accepted':
    case 'disputed':
    case 'dispute_rejected':
      return null
  }
}

function codesOf({ refusals }: Extract<EndedOutcome, { kind: 'refused' }>): string[] {
  return [...new Set(refusals.map(({ code }) => code))]
}

/** A call of an agent, in the words that OpenTelemetry has for one (GenAI semantic conventions 1.41, "invoke agent"). */
export function agentFacts(agent: string): SpanFacts['attributes'] {
  return {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': agent,
    // Which provider a coding tool asks is its own affair: the driver stands for it.
    'gen_ai.provider.name': agent,
  }
}

interface AgentCall {
  readonly result: { readonly kind: string; readonly cause?: string; readonly code?: string }
  readonly usage: {
    readonly inputTokens: number
    readonly outputTokens: number
    readonly cacheReadTokens: number
    readonly cacheWriteTokens: number
    readonly costUsd: number
  }
}

/** Of a call that has ended. The conventions count what was read from and written to a cache among the input. */
export function agentEndFacts({ result, usage }: AgentCall): SpanFacts {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd } = usage
  return {
    attributes: {
      'gen_ai.usage.input_tokens': inputTokens + cacheReadTokens + cacheWriteTokens,
      'gen_ai.usage.output_tokens': outputTokens,
      ...(cacheReadTokens > 0 ? { 'gen_ai.usage.cache_read.input_tokens': cacheReadTokens } : {}),
      ...(cacheWriteTokens > 0 ? { 'gen_ai.usage.cache_creation.input_tokens': cacheWriteTokens } : {}),
      'tdd.agent.cost_usd': costUsd,
      'tdd.agent.result': result.kind,
    },
    error: GOOD_RESULTS.has(result.kind) ? null : (result.cause ?? result.code ?? result.kind),
  }
}

const GOOD_RESULTS: ReadonlySet<string> = new Set(['done', 'disputed', 'aborted'])
