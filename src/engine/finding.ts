import { OrchestratorError, messageOf } from '../errors.ts'
import type { Finding } from '../protocol/output/doctor-report.ts'

export function ok(area: Finding['area'], what: string): Finding {
  return { area, level: 'ok', what, advice: null }
}

export function note(area: Finding['area'], what: string, advice: string | null): Finding {
  return { area, level: 'note', what, advice }
}

export function problem(area: Finding['area'], what: string, advice: string | null): Finding {
  return { area, level: 'problem', what, advice }
}

/** Whatever was thrown, as a problem with its own advice. */
export function problemOf(area: Finding['area'], thrown: unknown): Finding {
  return problem(area, messageOf(thrown), thrown instanceof OrchestratorError ? thrown.hint : null)
}
