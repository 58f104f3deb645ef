import { messageOf, OrchestratorError } from '../errors.ts'

/** What went wrong while the work goes on, in one line: under its code, and what has none is a fault of the program. */
export function faultLine(thrown: unknown): string {
  return `${thrown instanceof OrchestratorError ? thrown.code : 'internal'}: ${messageOf(thrown)}`
}
