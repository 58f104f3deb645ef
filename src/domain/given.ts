import { OrchestratorError } from '../errors.ts'

/**
 * Holds that a caller without types gave an object with what is needed of it, each by the `typeof` of its value. Throws
 * `usage`, with the hint that says what to give.
 */
export function requireGiven(
  given: unknown,
  needed: Readonly<Record<string, 'string' | 'object' | 'function'>>,
  { what, hint }: { readonly what: string; readonly hint: string },
): void {
  const isObject = typeof given === 'object' && given !== null
  const missing = Object.entries(needed).find(
    ([name, type]) => !isObject || typeof Reflect.get(given, name) !== type,
  )
  if (missing === undefined && isObject) return
  const why = isObject
    ? `it has no usable ${missing?.[0]}`
    : `it is ${given === null ? 'null' : typeof given}`
  throw new OrchestratorError('usage', `${what} is needed, and what was given is none: ${why}`, { hint })
}
