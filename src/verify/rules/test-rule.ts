/** A rule that a test breaks. */
export interface TestProblem {
  readonly rule: TestRule
  /** 1 for the first line. */
  readonly line: number
  readonly message: string
}

const TEST_RULES = [
  /** Nothing in the test can fail by an assertion. */
  'no_assertion',
  /** An assertion over constants, or of an expression with itself. */
  'constant_assertion',
  'empty_test',
  /** Every assertion stands behind a `return` or `throw` of the test itself. */
  'unreachable_assertion',
  /** `.only` keeps other tests from running. */
  'focused_test',
  /** `.skip`, `.todo` or a skip mark on a touched test. */
  'skipped_test',
] as const
type TestRule = (typeof TEST_RULES)[number]
