import { expect, it } from 'vitest'
import { sampleSuite } from '../../test/support/proof-samples.ts'
import type { RuleFinding } from './evidence.ts'
import { canariesThatRan } from './focused-tests.ts'
import type { RunnerName } from './suite.ts'

const CANARIES = [
  { file: 'a.test.js', library: 'jest', caught: true },
  { file: 'a.test.js', library: 'jest', caught: false },
  { file: 'b.test.js', library: 'jest', caught: false },
]
const [CAUGHT, , ELSEWHERE] = CANARIES

it.each([
  ['jest', 'focused_test', [CAUGHT, ELSEWHERE]],
  // It runs all files in one process, and `.only` counts for all of them.
  ['mocha', 'focused_test', [CAUGHT]],
  ['jest', 'no_assertion', CANARIES],
  ['mocha', 'no_assertion', CANARIES],
] as const)('expects of %s after %s only the canaries that could run', (runner: RunnerName, rule, left) => {
  const findings: RuleFinding[] = [{ rule, file: 'a.test.js', test: 'a', line: 1, message: '' }]
  expect(canariesThatRan(CANARIES, { suite: { ...sampleSuite(), runner }, findings })).toEqual(left)
})
