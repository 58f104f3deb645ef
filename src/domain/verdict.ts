/** Refusal codes; extend, never rename. */
export const REFUSAL_CODES = [
  'unexpected_green',
  'no_tests_found',
  'no_target_test_failure',
  'load_failure',
  'syntax_error',
  'runner_failure',
  'timeout',
  'criterion_uncovered',
  'weak_test',
  'wrong_files',
  'tests_changed',
  'tests_failed',
  'regression',
  'flaky',
  'removal_not_detected',
  'mutant_survived',
  'check_failed',
  'code_quality',
  'verify_command_failed',
  'merge_conflict',
  'secret_found',
  'forbidden_path',
  'no_change',
  'person_refused',
] as const
export type RefusalCode = (typeof REFUSAL_CODES)[number]

/** Why a tree was not accepted: a code, the fact that proves it, and what the next attempt is told. */
export interface Refusal {
  readonly code: RefusalCode
  /** One line a person can check: which test, which path, which message. */
  readonly fact: string
  /** What would make it right. */
  readonly hint: string
  /** Further facts, one a line, complete; shown to the repairing agent. */
  readonly details: readonly string[]
}

export type Verdict =
  | { readonly accepted: true }
  /** Every refusal that was found; the first is the one that is named. */
  | { readonly accepted: false; readonly refusals: readonly [Refusal, ...Refusal[]] }

const ACCEPTED: Verdict = { accepted: true }

export function verdictOf(refusals: readonly Refusal[]): Verdict {
  const [first, ...rest] = refusals
  return first === undefined ? ACCEPTED : { accepted: false, refusals: [first, ...rest] }
}
