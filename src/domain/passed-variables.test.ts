import { describe, expect, it } from 'vitest'
import { passedVariables } from './passed-variables.ts'

describe('variables that are passed on', () => {
  it('are those that are named and set, and no others', () => {
    const environment = { MY_KEY: 'k', EMPTY: '', OTHER: 'o', GONE: undefined }
    expect(passedVariables(environment, ['MY_KEY', 'EMPTY', 'GONE', 'NEVER'])).toEqual({ MY_KEY: 'k' })
  })
})
