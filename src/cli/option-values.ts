import { OrchestratorError } from '../errors.ts'

/** A whole number above 0. */
export function count(text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text)
  throw new OrchestratorError('usage', `${JSON.stringify(text)} is not a whole number above 0`)
}

/** The number of an event; 0 is before the first. */
export function position(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new OrchestratorError('usage', `${JSON.stringify(text)} is not the number of an event`, {
    hint: 'For example --after 120; 0 is the beginning.',
  })
}

export function amount(text: string): number {
  if (/^\d{1,9}(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text)
  throw new OrchestratorError('usage', `${JSON.stringify(text)} is not an amount above 0`, {
    hint: 'For example --max-usd 12.50',
  })
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `45m`, `2h`, `1d`, `500ms` as milliseconds. */
export function duration(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  const unit = UNITS_MS[match?.[2] ?? '']
  if (match !== null && unit !== undefined && Number(match[1]) > 0) return Number(match[1]) * unit
  throw new OrchestratorError('usage', `${JSON.stringify(text)} is not a duration`, {
    hint: 'For example 90s, 45m, 2h.',
  })
}
