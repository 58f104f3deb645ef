import { describe, expect, it } from 'vitest'
import { sampleSuite } from '../../test/support/proof-samples.ts'
import { checkKey, testRunKey } from './evidence-keys.ts'

const run = { kind: 'tests', tree: 'a1', files: null, repetition: 0, environment: 'here' } as const
const check = { tree: 'a1', command: ['lint'], environment: 'here' } as const

describe('the key of a measurement', () => {
  it('holds the name of the suite, which its commands are told', () => {
    const [one, two] = [sampleSuite({ name: 'one' }), sampleSuite({ name: 'two' })]
    expect(testRunKey({ ...run, suite: one })).not.toBe(testRunKey({ ...run, suite: two }))
    expect(checkKey({ ...check, suite: one })).not.toBe(checkKey({ ...check, suite: two }))
  })

  it('is the same where only the checks of the suite differ', () => {
    const suite = sampleSuite()
    const other = { ...suite, checks: [['lint']] } as unknown as typeof suite
    expect(testRunKey({ ...run, suite })).toBe(testRunKey({ ...run, suite: other }))
  })
})
