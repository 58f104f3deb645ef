import { expect, it } from 'vitest'
import { OrchestratorError } from '../errors.ts'
import { faultLine } from './fault-line.ts'

it('a fault is told under its code, and counts as one of the program only where it has none', () => {
  const locked = new OrchestratorError('git_failed', 'x cannot be changed while x.lock exists')
  expect(faultLine(locked)).toBe('git_failed: x cannot be changed while x.lock exists')
  expect(faultLine(new TypeError('x is undefined'))).toBe('internal: x is undefined')
})
