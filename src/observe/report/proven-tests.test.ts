import { describe, expect, it } from 'vitest'
import { provenTests } from './proven-tests.ts'

const TEST = { file: 'a.test.js', name: 'AC-1 adds', criteria: ['AC-1'], bodyHash: 'x' }

describe('proven tests', () => {
  it('are told from canonical evidence: which criterion, and how each failed without the sources', () => {
    const text = JSON.stringify({
      tests: [
        { ...TEST, standing: { kind: 'fails', reason: 'missing_name', perFile: false } },
        { ...TEST, name: 'old', criteria: [], standing: { kind: 'characterisation' } },
      ],
    })
    expect(provenTests(text)).toEqual([
      { file: 'a.test.js', name: 'AC-1 adds', criteria: ['AC-1'], without: 'fails for want of a name' },
      { file: 'a.test.js', name: 'old', criteria: [], without: 'passes (characterisation)' },
    ])
  })

  it.each([null, '', '{', '[]', '{"tests":3}', '{"tests":[null,{"file":1},{"file":"a","name":"b"}]}'])(
    'are none in what is no evidence: %s',
    (text) => expect(provenTests(text)).toEqual([]),
  )
})
