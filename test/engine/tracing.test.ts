import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Collector, collectorOf } from '../../src/config/collector.ts'
import { openTrace } from '../../src/engine/open-trace.ts'
import { NO_TRACE } from '../../src/engine/run-trace.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { engineSample } from '../support/engine-sample.ts'
import { untilEvent } from '../support/until-event.ts'

afterEach(() => trace.disable())

const FILES = { 'package.json': '{ "name": "sample", "type": "module", "version": "1.0.0" }\n' }
const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double'), numberTask('triple')] }
const SECRET = 'said-by-nobody-else'
const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': {
      red: [
        [
          { say: SECRET },
          numberTest('double'),
          { usage: { inputTokens: 100, outputTokens: 20, costUsd: 0.5 } },
        ],
      ],
      green: [[numberSource('double', 'n')], [numberSource('double')]],
    },
    'TRIPLE-1': { red: [[numberTest('triple')]], green: [[numberSource('triple')]] },
  },
}

describe('the trace of a run', () => {
  it('goes to the provider that a program registered: run, task, attempt, agent', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    )
    const sample = engineSample(FILES)
    await using engine = await sample.open()
    const run = await sample.ingest(engine, PLAN)
    const report = await sample.run(engine, SESSION)
    expect(report.state).toBe('completed')
    const spans = exporter.getFinishedSpans()
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1)
    const lines = spans.map((span) => lineOf(span, spans))
    expect(lines.toSorted()).toEqual(
      [
        'run',
        'run > task DOUBLE-1',
        'run > task DOUBLE-1 > attempt red',
        'run > task DOUBLE-1 > attempt red > invoke_agent scripted',
        'run > task DOUBLE-1 > attempt green ERROR tests_failed',
        'run > task DOUBLE-1 > attempt green > invoke_agent scripted',
        'run > task DOUBLE-1 > attempt green',
        'run > task DOUBLE-1 > attempt green > invoke_agent scripted',
        'run > task DOUBLE-1 > attempt verify',
        'run > task TRIPLE-1',
        'run > task TRIPLE-1 > attempt red',
        'run > task TRIPLE-1 > attempt red > invoke_agent scripted',
        'run > task TRIPLE-1 > attempt green',
        'run > task TRIPLE-1 > attempt green > invoke_agent scripted',
        'run > task TRIPLE-1 > attempt verify',
      ].toSorted(),
    )
    const told = (line: string): ReadableSpan | undefined =>
      spans.find((span) => lineOf(span, spans) === line)
    expect(told('run')?.attributes).toEqual({ 'tdd.run.id': run, 'tdd.run.state': 'completed' })
    expect(told('run > task DOUBLE-1')?.attributes).toMatchObject({ 'tdd.task.left': 'land' })
    const agent = told('run > task DOUBLE-1 > attempt red > invoke_agent scripted')
    expect(agent?.kind).toBe(SpanKind.CLIENT)
    expect(agent?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'scripted',
      'gen_ai.provider.name': 'scripted',
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'tdd.agent.cost_usd': 0.5,
    })
    if ((await engine.world.exec.containment()).contained) {
      const used = told('run > task TRIPLE-1 > attempt verify')?.attributes['tdd.attempt.cpu_ms']
      expect(used).toBeGreaterThan(0)
    }
    for (const span of spans) for (const child of childrenOf(span, spans)) expectWithin(child, span)
    const everything = JSON.stringify(spans.map(({ name, attributes, events }) => [name, attributes, events]))
    expect(everything).not.toContain(SECRET)
    expect(everything).not.toContain(PLAN.title)
  })

  it('harms nothing where the provider is broken', async () => {
    const broken = (): Span => {
      throw new Error('broken')
    }
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: broken, startActiveSpan: broken }) })
    const faults: unknown[] = []
    await using opened = await openTrace(request({ onFault: (thrown) => faults.push(thrown) }))
    const ended = opened.trace.task({ task: 'A', worker: 'w' })
    opened.trace.attempt({ task: 'A', stage: 'red', id: 1 }).ended({ kind: 'dispute_rejected' }, null)
    ended('land', null)
    opened.trace.ended('completed', null)
    expect(faults).toHaveLength(1)
  })

  it('is none where nobody asked', async () => {
    await using opened = await openTrace(request({}))
    expect(opened.trace).toBe(NO_TRACE)
  })

  it('is none where a variable asks for what cannot be done, and that is said', async () => {
    const warned: string[] = []
    const collector = collectorOf({
      endpoint: null,
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost' },
    })
    await using opened = await openTrace(request({ collector, warn: (line) => warned.push(line) }))
    expect(opened.trace).toBe(NO_TRACE)
    expect(warned).toEqual([
      'No trace of this run is sent: OTEL_EXPORTER_OTLP_ENDPOINT is not an address that begins with http:// or https://. export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318',
    ])
  })

  it('is sent to the collector that was named before the run is told', async () => {
    const asked: string[] = []
    const environment = { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=here' }
    const opened = await openTrace(request({ collector: await listening(200, { asked, environment }) }))
    opened.trace.ended('completed', null)
    await opened[Symbol.asyncDispose]()
    expect(asked).toEqual(['POST /v1/traces', expect.stringMatching(/"tdd-orchestrator".*"here"/)])
  })

  it('is missed aloud where the collector does not take it, with the reason', async () => {
    const environment = { OTEL_EXPORTER_OTLP_TIMEOUT: '100' }
    for (const [collector, reason] of [
      [await listening(400), 'Bad Request'],
      [await listening('never', { environment }), expect.stringMatching(/time/i)],
      [collectorOf({ endpoint: 'http://127.0.0.1:1', environment }), expect.stringContaining('127.0.0.1:1')],
    ] as const) {
      const warned: string[] = []
      const opened = await openTrace(request({ collector, warn: (line) => warned.push(line) }))
      opened.trace.ended('completed', null)
      await opened[Symbol.asyncDispose]()
      const [, told] =
        /^Of the trace of this run 1 span was not taken by the collector: (.*)\.$/.exec(warned.join()) ?? []
      expect(told).toEqual(reason)
    }
  })

  it('counts the spans as missed that its queue has no room for', async () => {
    const warned: string[] = []
    const asked: string[] = []
    const opened = await openTrace(
      request({ collector: await listening(200, { asked }), warn: (line) => warned.push(line) }),
    )
    for (let id = 0; id < 4_000; id++)
      opened.trace.attempt({ task: 'A', stage: 'red', id }).ended({ kind: 'dispute_rejected' }, null)
    opened.trace.ended('completed', null)
    await opened[Symbol.asyncDispose]()
    const arrived = asked.join('').split('"traceId"').length - 1
    expect(arrived).toBeLessThan(4_001)
    expect(warned).toEqual([
      `Of the trace of this run ${4_001 - arrived} spans were not taken by the collector: more ended at once than are kept.`,
    ])
  })

  it('lets go of no task that another worker holds by now', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    )
    const opened = await openTrace(request({}))
    const first = opened.trace.task({ task: 'A', worker: 'one' })
    opened.trace.task({ task: 'A', worker: 'two' })
    first('lease_lost', null)
    opened.trace.attempt({ task: 'A', stage: 'red', id: 2 }).ended({ kind: 'dispute_rejected' }, null)
    opened.trace.ended('completed', null)
    const spans = exporter.getFinishedSpans()
    expect(spans.map((span) => lineOf(span, spans))).toEqual([
      'run > task A',
      'run > task A > attempt red',
      'run > task A',
      'run',
    ])
  })

  it('ends an attempt with what stands in the store where its worker had lost it', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    )
    const sample = engineSample(FILES)
    await using engine = await sample.open()
    const run = await sample.ingest(engine, { ...PLAN, tasks: [numberTask('double')] })
    const { store, clock } = engine.world
    const taken = untilEvent(engine, 'attempt_started', async () => {
      expect(await store.rescue(run, clock.now(), { all: true })).toEqual(['DOUBLE-1'])
    })
    const budget = { invocations: 1, tokens: null, usd: null, timeMs: null }
    const session = { version: 1, tasks: { 'DOUBLE-1': { red: [[{ say: 'nothing to do' }]] } } }
    await sample.run(engine, session, { workers: 1, budget })
    await taken
    const { attempts } = await store.history(run, 'DOUBLE-1')
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual(['lost'])
    const spans = exporter.getFinishedSpans()
    expect(spans.filter(({ name }) => name === 'attempt red').map(({ attributes }) => attributes)).toEqual([
      expect.objectContaining({ 'tdd.attempt.outcome': 'lost', 'error.type': 'crash' }),
    ])
  })

  it('loads nothing where nobody asked, and goes without where what it needs is not installed', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', WITHOUT])
    expect(JSON.parse(stdout)).toEqual({
      before: [],
      warned: [expect.stringMatching(/^No trace of this run is sent: .*npm install @opentelemetry/)],
      isNone: true,
    })
  })
})

/** A program without the optional packages, which tells what of OpenTelemetry is loaded. */
const WITHOUT = `import { registerHooks } from 'node:module'
const asked = []
registerHooks({
  resolve: (name, context, next) => {
    if (name.startsWith('@opentelemetry/')) asked.push(name)
    if (name.startsWith('@opentelemetry/sdk')) throw new Error('Cannot find package ' + name)
    return next(name, context)
  },
})
const { openTrace } = await import(${source('open-trace')})
const { NO_TRACE } = await import(${source('run-trace')})
const { systemClock: clock } = await import(${source('../runtime/clock')})
const warned = []
const request = { run: 'r', collector: { kind: 'none' }, clock, warn: (line) => warned.push(line), onFault: () => {} }
await openTrace(request)
const before = [...asked]
const { trace } = await openTrace({ ...request, collector: { kind: 'named', url: 'http://127.0.0.1:1', timeoutMs: null, attributes: {} } })
process.stdout.write(JSON.stringify({ before, warned, isNone: trace === NO_TRACE }))`

function source(name: string): string {
  return JSON.stringify(new URL(`../../src/engine/${name}.ts`, import.meta.url).href)
}

/** A collector that answers so, or never, and keeps what it is asked. */
async function listening(
  status: number | 'never',
  { asked = [], environment = {} }: { asked?: string[]; environment?: Readonly<Record<string, string>> } = {},
): Promise<Collector> {
  const server = createServer((message, answer) => {
    asked.push(`${message.method} ${message.url}`)
    message.setEncoding('utf8').on('data', (text: string) => asked.push(text))
    if (status !== 'never') message.on('end', () => answer.writeHead(status).end('{}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return collectorOf({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, environment })
}

function request(over: Partial<Parameters<typeof openTrace>[0]>): Parameters<typeof openTrace>[0] {
  const unexpected = (thrown: unknown): void => expect.unreachable(String(thrown))
  return {
    run: 'r',
    collector: { kind: 'none' },
    clock: systemClock,
    warn: unexpected,
    onFault: unexpected,
    ...over,
  }
}

function lineOf(span: ReadableSpan, spans: readonly ReadableSpan[]): string {
  const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)
  const { attributes, name, status } = span
  const own = name === 'task' ? `task ${String(attributes['tdd.task.key'])}` : name
  const above = parent === undefined ? '' : `${lineOf(parent, spans).replace(/ ERROR \w+$/, '')} > `
  const error = status.code === SpanStatusCode.ERROR ? ` ERROR ${String(attributes['error.type'])}` : ''
  return `${above}${own}${error}`
}

function childrenOf(span: ReadableSpan, spans: readonly ReadableSpan[]): ReadableSpan[] {
  return spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === span.spanContext().spanId)
}

function expectWithin(child: ReadableSpan, parent: ReadableSpan): void {
  const at = ([seconds, nanos]: readonly [number, number]): number => seconds * 1e3 + nanos / 1e6
  expect(at(child.startTime)).toBeGreaterThanOrEqual(at(parent.startTime))
  expect(at(child.endTime)).toBeLessThanOrEqual(at(parent.endTime))
}
