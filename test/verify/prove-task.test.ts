import { describe, expect, it } from 'vitest'
import { judgeFull } from '../../src/domain/judge-full.ts'
import { judgeGreen } from '../../src/domain/judge-green.ts'
import { judgeRed } from '../../src/domain/judge-red.ts'
import { canonicalEvidence } from '../../src/verify/canonical.ts'
import { proving, testFile } from '../support/sample-project.ts'

const TESTS = {
  'test/parse.test.js': testFile({
    from: ['parse', '../src/parse.js'],
    tests: { 'AC-1 reads numbers': "assert.equal(parse('1'), 1)" },
  }),
}
const SOURCES = { 'src/parse.js': 'export const parse = (text) => Number(text)\n' }

describe('an honest task', () => {
  it('is proven from its tests to its landing, and no run is made twice', async () => {
    const { task, suite, laboratory, red, green, full } = proving()
    const redEvidence = await red(TESTS)
    expect(judgeRed({ task, suite, evidence: redEvidence })).toEqual({ accepted: true })
    expect(redEvidence.touched).toMatchObject([
      {
        name: 'AC-1 reads numbers',
        criteria: ['AC-1'],
        standing: { kind: 'fails', reason: 'stub', perFile: false },
      },
    ])
    expect(redEvidence.stubs).toEqual([{ path: 'src/parse.js', names: ['parse'], kind: 'file' }])

    const greenEvidence = await green(TESTS, SOURCES, redEvidence)
    expect(judgeGreen({ task, suite, evidence: greenEvidence })).toEqual({ accepted: true })

    const fullEvidence = await full(TESTS, SOURCES, redEvidence)
    expect(judgeFull({ task, suite, evidence: fullEvidence })).toEqual({ accepted: true })
    expect(fullEvidence.repeats).toMatchObject([{ outcomes: ['passed', 'passed', 'passed'] }])

    const runs = laboratory.commands.length
    const again = await full(TESTS, SOURCES, redEvidence)
    expect(laboratory.commands.length).toBe(runs)
    const canonical = canonicalEvidence({ task, suite, red: redEvidence, full: fullEvidence })
    expect(canonicalEvidence({ task, suite, red: redEvidence, full: again })).toEqual(canonical)
    expect(canonical.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  })
})
