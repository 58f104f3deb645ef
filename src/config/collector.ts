import { OrchestratorError } from '../errors.ts'

/** Where traces of runs go. */
export type Collector =
  | { readonly kind: 'none' }
  /** A variable of the machine says what cannot be done: a run goes on without a trace, and says why. */
  | { readonly kind: 'unusable'; readonly fact: string; readonly hint: string }
  | {
      readonly kind: 'named'
      readonly url: string
      /** Of one request; null where nobody said how long. */
      readonly timeoutMs: number | null
      /** Of whoever sends, with `service.name`. */
      readonly attributes: Readonly<Record<string, string>>
    }

interface Asked {
  /** Of the configuration; null where it names none. */
  readonly endpoint: string | null
  readonly environment: Readonly<Record<string, string>>
}

const SERVICE = 'tdd-orchestrator'
const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT'
/** As W3C bounds such a list. */
const MAX_ATTRIBUTES = 8_192
const PROTOCOLS: ReadonlySet<string> = new Set(['', 'http/json', 'http/protobuf'])
const EXPORTERS: ReadonlySet<string> = new Set(['', 'otlp'])

/** The collector that configuration or environment name. The variables are those that OpenTelemetry describes. */
export function collectorOf({ endpoint, environment }: Asked): Collector {
  const exporter = environment['OTEL_TRACES_EXPORTER'] ?? ''
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || exporter === 'none')
    return { kind: 'none' }
  const address = endpoint === null ? addressOf(environment) : { name: null, url: tracesBelow(endpoint) }
  if (address === null) return { kind: 'none' }
  const { name, url } = address
  if (!isAddress(url)) {
    if (name === null) throw noAddress()
    return unusable(
      `${name} is not an address that begins with http:// or https://.`,
      `export ${name}=${LOCAL}`,
    )
  }
  if (name !== null && !EXPORTERS.has(exporter))
    return unusable('OTEL_TRACES_EXPORTER asks for an exporter that is not there.', 'otlp and none are.')
  const protocol = valueOf(environment, 'PROTOCOL')
  if (name !== null && !PROTOCOLS.has(protocol.value))
    return unusable(
      `${protocol.name} asks for something else than OTLP over HTTP.`,
      `Name the address at which the collector takes that, often port 4318, and export ${protocol.name}=http/json`,
    )
  const timeout = valueOf(environment, 'TIMEOUT')
  const timeoutMs = timeout.value === '' ? null : Number(timeout.value)
  if (timeoutMs !== null && !(Number.isFinite(timeoutMs) && timeoutMs > 0))
    return unusable(`${timeout.name} is not a number of milliseconds.`, `export ${timeout.name}=5000`)
  const attributes = attributesOf(environment['OTEL_RESOURCE_ATTRIBUTES'] ?? '')
  if (attributes === null)
    return unusable(
      `OTEL_RESOURCE_ATTRIBUTES is not a list of name=value with commas between, of ${MAX_ATTRIBUTES} characters at most.`,
      'What is special in a value is written as in addresses: %2C for a comma.',
    )
  const service = environment['OTEL_SERVICE_NAME'] ?? ''
  const named = {
    'service.name': SERVICE,
    ...attributes,
    ...(service === '' ? {} : { 'service.name': service }),
  }
  return { kind: 'named', url, timeoutMs, attributes: named }
}

const LOCAL = 'http://127.0.0.1:4318'

function addressOf(
  environment: Asked['environment'],
): { readonly name: string; readonly url: string } | null {
  const { name, value } = valueOf(environment, 'ENDPOINT')
  if (value === '') return null
  return { name, url: name === ENDPOINT ? tracesBelow(value) : value }
}

/** A variable of the exporter; that for traces goes before that for everything. */
function valueOf(
  environment: Asked['environment'],
  what: 'ENDPOINT' | 'PROTOCOL' | 'TIMEOUT',
): { readonly name: string; readonly value: string } {
  const names = [`OTEL_EXPORTER_OTLP_TRACES_${what}`, `OTEL_EXPORTER_OTLP_${what}`] as const
  const [own, shared] = names
  const name = (environment[own]?.trim() ?? '') === '' ? shared : own
  return { name, value: environment[name]?.trim() ?? '' }
}

function tracesBelow(base: string): string {
  return `${base.replace(/(?<!\/)\/+$/, '')}/v1/traces`
}

function isAddress(url: string): boolean {
  return /^https?:\/\/[^/]/i.test(url) && URL.canParse(url)
}

/** The address is not shown: it may hold a password. */
function noAddress(): OrchestratorError {
  return new OrchestratorError('config_invalid', 'telemetry.endpoint is not the address of a collector.', {
    hint: `Give the whole address, such as ${LOCAL}, or leave it out, and no traces are sent.`,
  })
}

function unusable(fact: string, hint: string): Collector {
  return { kind: 'unusable', fact, hint }
}

/** `name=value,name=value`, percent-encoded; null where it is not that. */
function attributesOf(text: string): Record<string, string> | null {
  if (text.length > MAX_ATTRIBUTES) return null
  const pairs = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(pairOf)
  return pairs.includes(null) ? null : Object.fromEntries(pairs.filter((pair) => pair !== null))
}

function pairOf(part: string): readonly [string, string] | null {
  const sign = part.indexOf('=')
  const name = part.slice(0, Math.max(sign, 0)).trim()
  if (name === '') return null
  try {
    return [decodeURIComponent(name), decodeURIComponent(part.slice(sign + 1).trim())]
  } catch {
    // Not as addresses are written.
    return null
  }
}
