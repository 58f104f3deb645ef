import type { TestId } from './evidence.ts'
import { firstLine, refuseEach, testFunctions, testLabel } from './judge-facts.ts'
import type { Refusal } from './verdict.ts'

/** A test that passed before a change and that the change took away: what it says, as it was, of the changed sources. */
interface TakenAwayTest {
  readonly test: TestId
  readonly holds: boolean
  /** Why it does not hold; empty where it does. */
  readonly message: string
}

/** What a change takes away must hold all the same, and there must be as many new tests as it takes away. */
export function refuseTakenAway(gone: readonly TakenAwayTest[], added: readonly TestId[]): Refusal[] {
  const broken = refuseEach(
    gone.filter(({ holds }) => !holds),
    {
      code: 'regression',
      fact: ({ test, message }) =>
        `${testLabel(test)} was taken away, and as it was it fails with the change: ${firstLine(message)}`,
      hint: 'keep what worked working; a test whose expectation changed keeps its name',
      detail: ({ test, message }) => `${testLabel(test)}: ${message}`,
    },
  )
  const tests = gone.map(({ test }) => test)
  if (testFunctions(tests).size <= testFunctions(added).size) return broken
  const weakened = refuseEach(tests, {
    code: 'tests_changed',
    fact: (test) => `${testLabel(test)} was taken away, and fewer tests are new than were taken away`,
    hint: 'leave tests that hold where they are',
    detail: testLabel,
  })
  return [...broken, ...weakened]
}
