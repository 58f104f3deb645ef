import type { Tracer } from '@opentelemetry/api'
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Collector } from '../config/collector.ts'
import { plainText } from '../domain/plain-text.ts'
import { counted } from '../domain/wording.ts'
import { messageOf } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { redactSecrets } from '../runtime/redact-secrets.ts'
import { NO_TRACE, type RunTrace, traceRun } from './run-trace.ts'

interface TraceRequest {
  readonly run: string
  readonly collector: Collector
  readonly clock: Clock
  /** Told what a person should know: why nothing is sent, spans that went nowhere. */
  readonly warn: (line: string) => void
  readonly onFault: (thrown: unknown) => void
}

interface OpenTrace extends AsyncDisposable {
  readonly trace: RunTrace
}

const SCOPE = 'tdd-orchestrator'
/** How long the end of a run waits for a collector that does not answer, and a request where nobody said how long. */
const FLUSH_MS = 5_000
const LONGEST_REASON = 200
const PACKAGES = '@opentelemetry/sdk-trace @opentelemetry/resources @opentelemetry/exporter-trace-otlp-http'

/**
 * A trace of a run where somebody asked for one. A program that registered a provider of its own gets the spans; else they
 * go to the collector. Where there is neither, nothing of OpenTelemetry is loaded.
 */
export async function openTrace(request: TraceRequest): Promise<OpenTrace> {
  const { run, collector, warn, onFault } = request
  if (hasProvider()) {
    const api = await import('@opentelemetry/api')
    const trace = traceRun({ api, tracer: api.trace.getTracer(SCOPE), run, onFault })
    return { trace, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  if (collector.kind === 'unusable') warn(`${NOT_SENT} ${collector.fact} ${collector.hint}`)
  const sender = collector.kind === 'named' ? await openSender(collector, request) : null
  if (sender === null) return { trace: NO_TRACE, [Symbol.asyncDispose]: () => Promise.resolve() }
  const api = await import('@opentelemetry/api')
  const trace = traceRun({ api, tracer: sender.tracer, run, onFault })
  return { trace, [Symbol.asyncDispose]: sender.flush }
}

const NOT_SENT = 'No trace of this run is sent:'

/** Where the OpenTelemetry API of version 1 keeps what was registered; looked at so that the API need not be loaded. */
function hasProvider(): boolean {
  const registered: unknown = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'))
  return typeof registered === 'object' && registered !== null && 'trace' in registered
}

interface Sender {
  readonly tracer: Tracer
  readonly flush: () => Promise<void>
}

/** Null where nothing can be sent: the run goes on without a trace. */
async function openSender(
  collector: Extract<Collector, { kind: 'named' }>,
  { warn, clock }: TraceRequest,
): Promise<Sender | null> {
  const packages = await loaded(warn)
  if (packages === null) return null
  const { BatchSpanProcessor, TracerProvider, resourceFromAttributes, OTLPTraceExporter } = packages
  const counts: Counts = { ended: 0, taken: 0, reason: null }
  try {
    const { url, timeoutMs, attributes } = collector
    const exporter = minding(new OTLPTraceExporter({ url, timeoutMillis: timeoutMs ?? FLUSH_MS }), counts)
    const provider = new TracerProvider({
      resource: resourceFromAttributes(attributes),
      spanProcessors: [counting(counts), new BatchSpanProcessor({ exporter })],
    })
    return {
      tracer: provider.getTracer(SCOPE),
      flush: async () => {
        const late = new AbortController()
        const closed = provider.shutdown().then(
          () => true,
          () => true,
        )
        const isClosed = await Promise.race([closed, clock.sleep(FLUSH_MS, late.signal).then(() => false)])
        late.abort()
        if (!isClosed) counts.reason ??= `it did not answer in ${FLUSH_MS / 1_000} s`
        missed(counts, warn)
      },
    }
  } catch (thrown) {
    warn(`${NOT_SENT} ${reasonOf(thrown)}.`)
    return null
  }
}

async function loaded(warn: TraceRequest['warn']) {
  try {
    const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace')
    const { resourceFromAttributes } = await import('@opentelemetry/resources')
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
    return { BatchSpanProcessor, TracerProvider, resourceFromAttributes, OTLPTraceExporter }
  } catch (thrown) {
    warn(`${NOT_SENT} ${reasonOf(thrown)}. It needs three packages beside this one: npm install ${PACKAGES}`)
    return null
  }
}

interface Counts {
  ended: number
  taken: number
  /** Why the last that were not taken were not. */
  reason: string | null
}

/** Counts every span that has ended: the queue lets go in silence of those that it has no room for. */
function counting(counts: Counts): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: () => {
      counts.ended += 1
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

/** Counts the spans that were taken: without it a collector that is gone would not be noticed. */
function minding(exporter: SpanExporter, counts: Counts): SpanExporter {
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        // 0 is the code of success; its name is in a package that nothing else needs.
        if (!result.code) counts.taken += spans.length
        else counts.reason = reasonOf(result.error ?? 'it gave no reason')
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}

function missed({ ended, taken, reason }: Counts, warn: TraceRequest['warn']): void {
  const count = ended - taken
  if (count === 0) return
  const spans = `${counted(count, 'span')} ${count === 1 ? 'was' : 'were'}`
  const why = reason ?? 'more ended at once than are kept'
  warn(`Of the trace of this run ${spans} not taken by the collector: ${why}.`)
}

/** Packages, systems and collectors wrote it. */
function reasonOf(thrown: unknown): string {
  // Of an address with several numbers, all of which failed, only the single failures say how.
  const told: unknown = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown
  const [line = ''] = messageOf(told).split('\n')
  return plainText(redactSecrets(line), LONGEST_REASON).replace(/\.$/, '')
}
