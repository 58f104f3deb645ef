import type { Refusal } from '../domain/verdict.ts'
import { indented } from './text-lines.ts'

/** A refusal with so many of the details that prove it, and what to do. */
export function refusalLines({ code, fact, hint, details }: Refusal, most: number): string[] {
  const further = details.filter((detail) => !fact.includes(detail)).slice(0, most)
  return [`${code}: ${fact}`, ...further.flatMap((detail) => indented(detail, 2)), ...indented(hint, 2)]
}
