import { describe, expect, it } from 'vitest'
import { OrchestratorError } from '../errors.ts'
import { collectorOf } from './collector.ts'

const URL = 'http://127.0.0.1:4318'
const named = (environment: Readonly<Record<string, string>>, endpoint: string | null = null) => {
  const found = collectorOf({ endpoint, environment })
  return found.kind === 'named' ? found : expect.unreachable(JSON.stringify(found))
}

describe('the collector of traces', () => {
  it('is none where nobody named one, or traces are switched off', () => {
    for (const environment of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_SDK_DISABLED: 'TRUE' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_TRACES_EXPORTER: 'none' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense', OTEL_SDK_DISABLED: 'true' },
    ])
      expect(collectorOf({ endpoint: null, environment })).toEqual({ kind: 'none' })
  })

  it('is the one of the configuration, else that for traces, else that for everything', () => {
    const all = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${URL}/all/`,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${URL}/own`,
    }
    expect(named(all, `${URL}//`).url).toBe(`${URL}/v1/traces`)
    expect(named(all).url).toBe(`${URL}/own`)
    expect(named({ ...all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '' }).url).toBe(`${URL}/all/v1/traces`)
  })

  it('is waited for as long as the variables say', () => {
    const timeout = (environment: Readonly<Record<string, string>>) => named(environment, URL).timeoutMs
    expect(timeout({})).toBeNull()
    expect(timeout({ OTEL_EXPORTER_OTLP_TIMEOUT: '300' })).toBe(300)
    expect(timeout({ OTEL_EXPORTER_OTLP_TIMEOUT: '300', OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '200' })).toBe(200)
  })

  it('is told the attributes of the variables, and the name of the service before them', () => {
    const attributes = (environment: Readonly<Record<string, string>>) => named(environment, URL).attributes
    expect(attributes({})).toEqual({ 'service.name': 'tdd-orchestrator' })
    const given = { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=a%2Cb, service.name = mine,' }
    expect(attributes(given)).toEqual({ 'deployment.environment': 'a,b', 'service.name': 'mine' })
    expect(attributes({ ...given, OTEL_SERVICE_NAME: 'yours' })['service.name']).toBe('yours')
  })

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense:hunter2' }, 'OTEL_EXPORTER_OTLP_ENDPOINT is not an address'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT is not an address'],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'ftp://x' },
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not an address',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL asks',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER asks'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' },
      'OTEL_EXPORTER_OTLP_TIMEOUT is not',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_RESOURCE_ATTRIBUTES: 'a=%E0%A4%A' },
      'OTEL_RESOURCE_ATTRIBUTES is not',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_RESOURCE_ATTRIBUTES: 'a' }, 'OTEL_RESOURCE_ATTRIBUTES is not'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_RESOURCE_ATTRIBUTES: ' =b' },
      'OTEL_RESOURCE_ATTRIBUTES is not',
    ],
  ])('is not used where a variable says what cannot be done: %o', (environment, fact) => {
    const found = collectorOf({ endpoint: null, environment })
    expect(found).toMatchObject({
      kind: 'unusable',
      fact: expect.stringContaining(fact),
      hint: expect.any(String),
    })
    expect(JSON.stringify(found)).not.toContain('hunter2')
  })

  it('refuses a list of attributes that is longer than such lists are, at once', () => {
    const found = (list: string) =>
      collectorOf({
        endpoint: null,
        environment: { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_RESOURCE_ATTRIBUTES: list },
      }).kind
    expect(found(`a=${'b'.repeat(8_190)}`)).toBe('named')
    expect(found(`a=${'b'.repeat(8_191)}`)).toBe('unusable')
    expect(found('a'.repeat(200_000))).toBe('unusable')
  })

  it('takes both protocols of HTTP, since collectors take JSON where they take either', () => {
    for (const protocol of ['http/json', 'http/protobuf', ''])
      expect(
        named({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_EXPORTER_OTLP_ENDPOINT: URL }).url,
      ).toContain(URL)
  })

  it('is refused where the configuration names what is no address', () => {
    expect(() => collectorOf({ endpoint: 'http://', environment: {} })).toThrow(OrchestratorError)
  })
})
