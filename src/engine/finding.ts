import { OrchestratorError, messageOf } from '../errors.ts'

/** One thing that was looked at. `problem`: a run cannot work; `note`: worth knowing. */
export interface Finding {
  readonly area:
    | 'node'
    | 'git'
    | 'repository'
    | 'sandbox'
    | 'configuration'
    | 'state'
    | 'suites'
    | 'agent'
    | 'tree'
  readonly level: 'ok' | 'note' | 'problem'
  readonly what: string
  /** What to do about it; null when nothing has to be done. */
  readonly advice: string | null
}

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
