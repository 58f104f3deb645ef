import type * as OpenTelemetry from '@opentelemetry/api'
import type { Attributes, Context, Span, SpanOptions, Tracer } from '@opentelemetry/api'
import type { AgentResult, Usage } from '../agents/agent.ts'
import type { AttemptOutcome } from '../domain/attempt.ts'
import type { AttemptResources } from '../domain/attempt-resources.ts'
import { agentEndFacts, agentFacts, attemptFacts, type SpanFacts } from '../domain/span-facts.ts'
import type { Stage } from '../domain/stage.ts'

type Api = typeof OpenTelemetry

/** Tells a run as spans: the run, each time that a worker holds a task, each attempt, each call of an agent. Never throws. */
export interface RunTrace {
  /** Answers the function that ends it: how the worker left the task, and what went wrong, if anything did. */
  task(held: { readonly task: string; readonly worker: string }): (how: string, error: string | null) => void
  /** Within the span of its task. */
  attempt(began: { readonly task: string; readonly stage: Stage; readonly id: number }): AttemptTrace
  /** Whatever is still open ends with the run. */
  ended(state: string, error: string | null): void
}

interface AttemptTrace {
  agent(name: string): (result: AgentResult, usage: Usage) => void
  ended(outcome: Exclude<AttemptOutcome, { kind: 'running' }>, resources: AttemptResources | null): void
}

const ignore = (): void => undefined
const NO_ATTEMPT: AttemptTrace = { agent: () => ignore, ended: ignore }

/** Where nobody asked for traces. */
export const NO_TRACE: RunTrace = { task: () => ignore, attempt: () => NO_ATTEMPT, ended: ignore }

interface TraceParts {
  readonly api: Api
  readonly tracer: Tracer
  readonly run: string
  /** A processor of spans is code of others: it is told here when it fails, the first time. */
  readonly onFault: (thrown: unknown) => void
}

/** The run is a child of the span that is active where it is called. */
export function traceRun({ api, tracer, run, onFault }: TraceParts): RunTrace {
  const { CLIENT, INTERNAL } = api.SpanKind
  let failed = false
  const guarded = <T>(work: () => T): T | null => {
    try {
      return work()
    } catch (thrown) {
      if (!failed) onFault(thrown)
      failed = true
      return null
    }
  }
  const start = (name: string, options: SpanOptions, parent: Context): OpenSpan => {
    const spare = api.trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT)
    const span = guarded(() => tracer.startSpan(name, options, parent)) ?? spare
    return {
      context: api.trace.setSpan(parent, span),
      end: (facts) => void guarded(() => endSpan(api, span, facts)),
    }
  }
  const common: Attributes = { 'tdd.run.id': run }
  const whole = start('run', { kind: INTERNAL, attributes: common }, api.context.active())
  /** By task, of whoever holds it now. */
  const held = new Map<string, OpenSpan>()
  const open = new Set<OpenSpan>()
  return {
    task: ({ task, worker }) => {
      const attributes = { ...common, 'tdd.task.key': task, 'tdd.worker': worker }
      const span = start('task', { kind: INTERNAL, attributes }, whole.context)
      held.set(task, span)
      open.add(span)
      return (how, error) => {
        // Another worker may hold it by now.
        if (held.get(task) === span) held.delete(task)
        open.delete(span)
        span.end({ attributes: { 'tdd.task.left': how }, error })
      }
    },
    attempt: ({ task, stage, id }) => {
      const attributes = { ...common, 'tdd.task.key': task, 'tdd.stage': stage, 'tdd.attempt.id': id }
      const parent = held.get(task) ?? whole
      const span = start(`attempt ${stage}`, { kind: INTERNAL, attributes }, parent.context)
      return {
        agent: (name) => {
          const more = { kind: CLIENT, attributes: { ...attributes, ...agentFacts(name) } }
          const call = start(`invoke_agent ${name}`, more, span.context)
          return (result, usage) => call.end(agentEndFacts({ result, usage }))
        },
        ended: (outcome, resources) => span.end(attemptFacts(outcome, resources)),
      }
    },
    ended: (state, error) => {
      for (const span of open) span.end({ attributes: { 'tdd.task.left': 'with_the_run' }, error })
      open.clear()
      held.clear()
      whole.end({ attributes: { 'tdd.run.state': state }, error })
    },
  }
}

interface OpenSpan {
  readonly context: Context
  readonly end: (facts: SpanFacts) => void
}

/** Success is said by no status at all, as the conventions want it. */
function endSpan(api: Api, span: Span, { attributes, error }: SpanFacts): void {
  span.setAttributes(
    Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        typeof value === 'object' ? [...value] : value,
      ]),
    ),
  )
  if (error !== null) {
    span.setAttribute('error.type', error)
    span.setStatus({ code: api.SpanStatusCode.ERROR })
  }
  span.end()
}
