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
import { openTrace } from '../../src/engine/open-trace.ts'
import { NO_TRACE } from '../../src/engine/run-trace.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { engineSample } from '../support/engine-sample.ts'

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
    for (const environment of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'TRUE' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_EXPORTER: 'none' },
    ]) {
      await using opened = await openTrace(request({ environment }))
      expect(opened.trace).toBe(NO_TRACE)
    }
  })

  it('is sent to the collector that was named before the run is told, and missed aloud where that does not take it', async () => {
    for (const [status, warnings] of [
      [200, []],
      [400, ['Of the trace of this run 1 span could not be sent to the collector.']],
    ] as const) {
      const asked: string[] = []
      const endpoint = await collector(status, asked)
      const warned: string[] = []
      const opened = await openTrace(request({ endpoint, warn: (line) => warned.push(line) }))
      opened.trace.ended('completed', null)
      await opened[Symbol.asyncDispose]()
      expect(asked).toEqual(['POST /v1/traces', expect.stringContaining('"tdd-orchestrator"')])
      expect(warned).toEqual(warnings)
    }
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
const request = { run: 'r', endpoint: null, environment: {}, clock, warn: (line) => warned.push(line), onFault: () => {} }
await openTrace(request)
const before = [...asked]
const { trace } = await openTrace({ ...request, endpoint: 'http://127.0.0.1:1' })
process.stdout.write(JSON.stringify({ before, warned, isNone: trace === NO_TRACE }))`

function source(name: string): string {
  return JSON.stringify(new URL(`../../src/engine/${name}.ts`, import.meta.url).href)
}

async function collector(status: number, asked: string[]): Promise<string> {
  const server = createServer((message, answer) => {
    asked.push(`${message.method} ${message.url}`)
    message.setEncoding('utf8').on('data', (text: string) => asked.push(text))
    message.on('end', () => answer.writeHead(status).end('{}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function request(over: Partial<Parameters<typeof openTrace>[0]>): Parameters<typeof openTrace>[0] {
  const unexpected = (thrown: unknown): void => expect.unreachable(String(thrown))
  return {
    run: 'r',
    endpoint: null,
    environment: {},
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
