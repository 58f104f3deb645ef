import { describe, expect, test } from 'vitest'
import { OrchestratorError } from '../errors.ts'
import { Scope } from '../runtime/scope.ts'
import { originalFailure } from './original-failure.ts'

const full = new OrchestratorError('store_unavailable', 'the disk is full', { hint: 'Make room.' })
const later = new OrchestratorError('git_failed', 'git failed')
const crash = new Error('a fault of ours')

describe('the failure that is told', () => {
  test('is the one of the work, not that of closing what was open for it', async () => {
    expect(originalFailure(await failing(full, later))).toBe(full)
  })

  test('is the one of closing where the work had none of the catalogue', async () => {
    expect(originalFailure(await failing(crash, later))).toBe(later)
  })

  test('is found behind the names of the parts that a scope could not release', async () => {
    const scope = new Scope()
    scope.add('store', () => Promise.reject(full))
    const thrown = await scope.release().catch((failure: unknown) => failure)
    expect(originalFailure(thrown)).toBe(full)
  })

  test('is found through several that failed to close one after the other', async () => {
    const inner = await failing(full, crash)
    expect(originalFailure(await failing(inner, later))).toBe(full)
  })

  test('is the fault of the work where none is of the catalogue', async () => {
    expect(originalFailure(await failing(crash, new Error('and closing too')))).toBe(crash)
    expect(originalFailure('text')).toBe('text')
  })
})

async function failing(work: unknown, closing: unknown): Promise<unknown> {
  try {
    await using _part = { [Symbol.asyncDispose]: () => Promise.reject(closing) }
    throw work
  } catch (thrown) {
    return thrown
  }
}
