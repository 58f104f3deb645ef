import { OrchestratorError } from '../errors.ts'

/** Reads the value of an option, which its name is told for. */
type ReadValue = (text: string) => number

/** A whole number above 0. */
export function count(option: string): ReadValue {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text)
    throw wrongValue(option, text, { is: 'a whole number above 0', example: '4' })
  }
}

/** The number of an event; 0 is before the first. */
export function position(option: string): ReadValue {
  return (text) => {
    if (/^\d{1,15}$/.test(text)) return Number(text)
    throw wrongValue(option, text, { is: 'the number of an event', example: '120; 0 is the beginning' })
  }
}

/** A number to listen on; 0 is any that is free. */
export function port(option: string): ReadValue {
  return (text) => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
    throw wrongValue(option, text, { is: 'a port from 0 to 65535', example: '9464' })
  }
}

export function amount(option: string): ReadValue {
  return (text) => {
    if (/^\d{1,9}(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text)
    throw wrongValue(option, text, { is: 'an amount above 0', example: '12.50' })
  }
}

/** A share between nothing and all: `30%` or `0.3`. */
export function share(option: string): ReadValue {
  return (text) => {
    const match = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text)
    const value = Number(match?.[1]) / (match?.[2] === '%' ? 100 : 1)
    if (value > 0 && value < 1) return value
    throw wrongValue(option, text, { is: 'a share between nothing and all', example: '30%' })
  }
}

/** Each value that an option was given, in order. */
export function gathered(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `45m`, `2h`, `1d`, `500ms` as milliseconds. */
export function duration(option: string): ReadValue {
  return (text) => {
    const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
    const unit = UNITS_MS[match?.[2] ?? '']
    if (match !== null && unit !== undefined && Number(match[1]) > 0) return Number(match[1]) * unit
    throw wrongValue(option, text, { is: 'a duration', example: '90s, 45m or 2h' })
  }
}

/** `stage.maxFailures=5` beside what was given before, as values of options by their path. Each once: which of two would hold? */
export function circuitOption(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const match = /^([A-Za-z.]{1,100})=(\d{1,15}(?:\.\d{1,15})?)$/.exec(text)
  const path = `circuits.${match?.[1]}`
  if (match !== null && Object.hasOwn(before, path)) {
    throw new OrchestratorError('usage', `--circuit: ${match[1]} is given twice`, { hint: 'Leave one out.' })
  }
  if (match !== null) return { ...before, [path]: Number(match[2]) }
  throw wrongValue('--circuit', text, {
    is: 'an option of circuits with a number',
    example: 'stage.maxFailures=5; docs/reference/CIRCUIT_BREAKER_CONFIG.md has them all',
  })
}

function wrongValue(
  option: string,
  text: string,
  { is, example }: { readonly is: string; readonly example: string },
): OrchestratorError {
  return new OrchestratorError('usage', `${option}: ${JSON.stringify(text)} is not ${is}`, {
    hint: `For example ${option} ${example}.`,
  })
}
