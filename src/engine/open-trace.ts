import type { Tracer } from '@opentelemetry/api'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import { counted } from '../domain/wording.ts'
import { messageOf } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { NO_TRACE, type RunTrace, traceRun } from './run-trace.ts'

interface TraceRequest {
  readonly run: string
  /** Of the configuration; null where it names none. */
  readonly endpoint: string | null
  readonly environment: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Told what a person should know: packages that are missing, spans that went nowhere. */
  readonly warn: (line: string) => void
  readonly onFault: (thrown: unknown) => void
}

interface OpenTrace extends AsyncDisposable {
  readonly trace: RunTrace
}

const SCOPE = 'tdd-orchestrator'
/** How long the end of a run waits for a collector that does not answer. */
const FLUSH_MS = 5_000
const PACKAGES = '@opentelemetry/sdk-trace @opentelemetry/resources @opentelemetry/exporter-trace-otlp-http'

/**
 * A trace of a run where somebody asked for one, and nothing but a look at a variable where nobody did. A program that
 * registered a provider of its own gets the spans; else they go to the collector that configuration or environment name.
 */
export async function openTrace(request: TraceRequest): Promise<OpenTrace> {
  const { run, onFault } = request
  if (hasProvider()) {
    const api = await import('@opentelemetry/api')
    const trace = traceRun({ api, tracer: api.trace.getTracer(SCOPE), run, onFault })
    return { trace, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  const url = collectorOf(request)
  const sender = url === null ? null : await openSender(url, request)
  if (sender === null) return { trace: NO_TRACE, [Symbol.asyncDispose]: () => Promise.resolve() }
  const api = await import('@opentelemetry/api')
  const trace = traceRun({ api, tracer: sender.tracer, run, onFault })
  return { trace, [Symbol.asyncDispose]: sender.flush }
}

/** Where the OpenTelemetry API of version 1 keeps what was registered; looked at so that the API need not be loaded. */
function hasProvider(): boolean {
  const registered: unknown = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'))
  return typeof registered === 'object' && registered !== null && 'trace' in registered
}

/** The variables are those that OpenTelemetry describes. */
function collectorOf({ endpoint, environment }: TraceRequest): string | null {
  const off =
    environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' ||
    environment['OTEL_TRACES_EXPORTER'] === 'none'
  if (off) return null
  const whole = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? ''
  if (endpoint === null && whole !== '') return whole
  const base = endpoint ?? environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? ''
  return base === '' ? null : `${base.replace(/\/+$/, '')}/v1/traces`
}

interface Sender {
  readonly tracer: Tracer
  readonly flush: () => Promise<void>
}

/** Null where the packages are not installed: the run goes on without a trace. */
async function openSender(url: string, { warn, clock, environment }: TraceRequest): Promise<Sender | null> {
  try {
    const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace')
    const { resourceFromAttributes } = await import('@opentelemetry/resources')
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
    const exporter = minding(new OTLPTraceExporter({ url, timeoutMillis: FLUSH_MS }))
    const resource = resourceFromAttributes({ 'service.name': environment['OTEL_SERVICE_NAME'] ?? SCOPE })
    const provider = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] })
    return {
      tracer: provider.getTracer(SCOPE),
      flush: async () => {
        const late = new AbortController()
        await Promise.race([provider.shutdown().catch(() => undefined), clock.sleep(FLUSH_MS, late.signal)])
        late.abort()
        const unsent = exporter.unsent()
        if (unsent > 0)
          warn(`Of the trace of this run ${counted(unsent, 'span')} could not be sent to the collector.`)
      },
    }
  } catch (thrown) {
    warn(
      `No trace of this run is sent: ${messageOf(thrown).split('\n')[0]}. It needs three packages beside this one: npm install ${PACKAGES}`,
    )
    return null
  }
}

/** Counts the spans that nobody took: without it a collector that is gone would not be noticed. */
function minding(exporter: SpanExporter): SpanExporter & { readonly unsent: () => number } {
  let unsent = 0
  return {
    unsent: () => unsent,
    export: (spans, done) => {
      unsent += spans.length
      exporter.export(spans, (result) => {
        // 0 is the code of success; its name is in a package that nothing else needs.
        if (!result.code) unsent -= spans.length
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}
