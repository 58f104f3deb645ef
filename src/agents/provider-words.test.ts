import { describe, expect, it } from 'vitest'
import { resultOfWords } from './provider-words.ts'

describe('words about a provider', () => {
  it.each([
    ['API Error: Request rejected (429) · too much', 'provider_limit', 'rate_limit'],
    ['You’ve hit your usage limit. Try again later.', 'provider_limit', 'rate_limit'],
    ['exceeded retry limit, last status: 429 Too Many Requests', 'provider_limit', 'rate_limit'],
    ['unexpected status 503 Service Unavailable: x', 'provider_limit', 'overloaded'],
    ['API Error: Connection dropped (ECONNRESET).', 'provider_limit', 'overloaded'],
    ['APIError 529 Overloaded', 'provider_limit', 'overloaded'],
    ['unexpected status 401 Unauthorized: invalid', 'infrastructure', 'auth'],
    ['API Error: 402 played billing_error', 'infrastructure', 'auth'],
    ['Authentication required', 'infrastructure', 'auth'],
    ['APIError 403 forbidden', 'infrastructure', 'auth'],
    ['Incorrect API key provided: x', 'infrastructure', 'auth'],
    ['Your credit balance is too low', 'infrastructure', 'auth'],
    ['There is an issue with the model x. It may not exist', 'infrastructure', 'model'],
  ])('%j means %s, %s', (text, kind, which) => {
    const result = resultOfWords(text)
    expect(result).toMatchObject({ kind, detail: text })
    expect(Object.values(result ?? {})).toContain(which)
  })

  it.each([
    'ENOENT: src/auth/authenticate.ts',
    'src/api-key.js:402 expected 401 to be 403',
    'AssertionError in apiKey of billing',
  ])('%j, of a project, says nothing of it', (text) => expect(resultOfWords(text)).toBeNull())

  it.each(['', 'TypeError: x is undefined', 'exit code 1', 'the plan has 5 steps, 4290 lines'])(
    '%j says nothing of it',
    (text) => expect(resultOfWords(text)).toBeNull(),
  )
})
