import type { Clock } from './clock.ts'
import { redactSecrets } from './redact-secrets.ts'

type LogLevel = 'debug' | 'info' | 'warn' | 'error'

type LogFields = Readonly<Record<string, unknown>>

/** Structured messages for people who look for the cause of something. Never a source of truth. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A logger that adds these fields to each message. */
  child(fields: LogFields): Logger
}

export interface LoggerOptions {
  /** Receives one line of JSON without its newline. */
  readonly sink: (line: string) => void
  readonly clock: Pick<Clock, 'now'>
  /** Messages below it are dropped. Default `info`. */
  readonly level?: LogLevel
  /** Values that must never be written, whatever they look like. */
  readonly secrets?: readonly string[]
  readonly fields?: LogFields
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** A logger that writes JSON lines `{at, level, message, …fields}`, secrets replaced. Never throws for what it is given. */
export function createLogger(options: LoggerOptions): Logger {
  const { sink, clock, level: lowest = 'info', secrets = [], fields: own = {} } = options
  const write = (level: LogLevel, fields: LogFields, message: string): void => {
    if (RANK[level] < RANK[lowest]) return
    const at = new Date(clock.now()).toISOString()
    sink(toLine({ at, level, message, ...own, ...fields }, secrets))
  }
  return {
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
    child: (fields) => createLogger({ ...options, fields: { ...own, ...fields } }),
  }
}

function toLine(entry: LogFields, secrets: readonly string[]): string {
  try {
    return JSON.stringify(entry, (name, value: unknown) => safe(name, value, secrets))
  } catch (cause) {
    // A field that cannot be written (a circle) must not cost the message that carries it.
    const { at, level, message } = entry
    const unwritable = cause instanceof Error ? cause.name : 'unknown'
    return JSON.stringify({ at, level, message: safe('message', message, secrets), unwritable })
  }
}

const SECRET_NAME = /(password|passwd|secret|token|api[-_]?key|authorization|cookie|credential)$/i

function safe(name: string, value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return redactSecrets(value.stack ?? value.message, secrets)
  if (typeof value !== 'string') return value
  return SECRET_NAME.test(name) ? '[redacted]' : redactSecrets(value, secrets)
}
