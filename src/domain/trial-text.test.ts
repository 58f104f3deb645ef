import { describe, expect, it } from 'vitest'
import type { TestReport, TestResult } from './evidence.ts'
import { trialText } from './trial-text.ts'

const REPORT: TestReport = {
  tests: [],
  loadFailures: [],
  end: { kind: 'finished', exitCode: 0 },
  durationMs: 1_234,
  output: '',
}

describe('what an agent is told of a trial run', () => {
  it('is how many tests did what, and that nothing is decided by it', () => {
    const text = trialText({ ...REPORT, tests: [passed('a'), passed('b')], output: 'ok\n' }, { setup: [] })
    expect(text).toContain('2 passed, 0 failed, 0 skipped')
    expect(text).toContain('not the verdict')
    expect(text).not.toContain('ok\n')
  })

  it('is each failure with its reason and place', () => {
    const text = trialText({ ...REPORT, tests: [failed('AC-1 doubles', '3 is not 4')] }, { setup: [] })
    expect(text).toContain('FAILED test/a.test.js: AC-1 doubles (src/a.js:7)')
    expect(text).toContain('AssertionError: 3 is not 4')
  })

  it('stays short however much failed and was printed', () => {
    const tests = Array.from({ length: 5_000 }, (_, index) => failed(`t${index}`, 'x'.repeat(100_000)))
    const text = trialText({ ...REPORT, tests, output: 'y'.repeat(1_000_000) }, { setup: [] })
    expect(text.length).toBeLessThan(40_000)
    expect(text).toContain('4980 more failed.')
  })

  it('names the setup where the runner is not there', () => {
    const end = { kind: 'unavailable', reason: 'no vitest' } as const
    expect(trialText({ ...REPORT, end }, { setup: [['npm', 'ci']] })).toContain('["npm","ci"]')
  })
})

function passed(name: string): TestResult {
  return { file: 'test/a.test.js', name, outcome: 'passed', durationMs: 1, failure: null }
}

function failed(name: string, message: string): TestResult {
  const frames = [{ file: 'src/a.js', line: 7 }]
  const failure = { kind: 'assertion', errorName: 'AssertionError', message, frames } as const
  return { file: 'test/a.test.js', name, outcome: 'failed', durationMs: 1, failure }
}
