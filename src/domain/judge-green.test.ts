import { describe, expect, it } from 'vitest'
import {
  change,
  codesOf,
  failure,
  greenEvidence,
  loadFailure,
  sampleSuite,
  sampleTask,
  TEST_FILE,
  testReport,
  testResult,
} from '../../test/support/proof-samples.ts'
import { judgeGreen } from './judge-green.ts'
import type { TaskDefinition } from './plan.ts'
import type { GreenEvidence } from './proof.ts'

const NAME = 'AC-1 reads numbers'
const ENDED = { kind: 'finished', exitCode: 1 } as const

function codes(evidence: Partial<GreenEvidence>, task: Partial<TaskDefinition> = {}): string[] {
  return codesOf(
    judgeGreen({ task: sampleTask(task), suite: sampleSuite(), evidence: greenEvidence(evidence) }),
  )
}

describe('sources that may be kept', () => {
  it('accepts when every frozen test passes and the injected assertions failed', () => {
    expect(codes({})).toEqual([])
  })

  it('accepts free paths, undeclared sources and allowed configuration', () => {
    const changes = [
      change('README.md', { pathClass: 'free' }),
      change('src/index.js', { change: 'modified' }),
      change('package.json', { pathClass: 'frozen' }),
    ]
    expect(codes({ changes }, { allow: ['package.json'] })).toEqual([])
  })

  it('ignores a test that failed before the sources came', () => {
    const report = testReport([testResult(NAME, 'passed'), testResult('old', 'failed')])
    expect(codes({ report, known: [{ file: TEST_FILE, name: 'old' }] })).toEqual([])
  })

  it('accepts a task of sources alone without a test', () => {
    const nothing = { frozen: [], canaries: [], report: testReport([]) }
    expect(codes(nothing, { kind: 'maintenance' })).toEqual([])
    expect(codes(nothing, { kind: 'scaffold' })).toEqual([])
  })

  it('lets maintenance move the tests that it names', () => {
    const moved = { frozen: [], canaries: [], report: testReport([]), changes: [change(TEST_FILE)] }
    expect(codes(moved, { kind: 'maintenance' })).toEqual([])
    expect(codes({ ...moved, changes: [change('test/other.test.js')] }, { kind: 'maintenance' })).toEqual([
      'tests_changed',
    ])
  })
})

describe('what is frozen', () => {
  it.each([
    ['tests_changed', change(TEST_FILE, { change: 'modified' })],
    ['tests_changed', change('test/fixtures/a.json', { pathClass: 'free' })],
    ['wrong_files', change('package.json', { pathClass: 'frozen' })],
  ])('refuses with %s', (code, changed) => {
    expect(codes({ changes: [change('src/parse.js'), changed] })).toEqual([code])
  })

  it('refuses a flood of files that the task does not name, in a few lines', () => {
    const flood = (count: number) =>
      Array.from({ length: count }, (_, index) => change(`many/${index}.txt`, { pathClass: 'free' }))
    const evidence = greenEvidence({ changes: [change('src/parse.js'), ...flood(10_000)] })
    const verdict = judgeGreen({ task: sampleTask(), suite: sampleSuite(), evidence })
    expect(verdict).toMatchObject({
      refusals: [
        {
          code: 'wrong_files',
          fact: 'many/0.txt was added, which the task does not name (and 9999 more)',
          hint: expect.stringContaining('src/parse.js') as string,
        },
      ],
    })
    expect(verdict.accepted ? 0 : verdict.refusals[0].details.length).toBe(200)
    expect(codes({ changes: [change('src/parse.js'), ...flood(500)] })).toEqual([])
    expect(codes({ changes: flood(501) }, { sources: ['many/**'], locks: ['many/**'] })).toEqual([])
  })

  it('refuses no change', () => {
    expect(codes({ changes: [] })).toEqual(['no_change'])
  })
})

describe('the run of the frozen tests', () => {
  it('refuses a failing test with its message', () => {
    const report = testReport([testResult(NAME, 'failed')])
    const verdict = judgeGreen({
      task: sampleTask(),
      suite: sampleSuite(),
      evidence: greenEvidence({ report }),
    })
    expect(codesOf(verdict)).toEqual(['tests_failed'])
    expect(verdict.accepted ? [] : verdict.refusals[0].details.join()).toContain('expected 1')
  })

  it('refuses a frozen test that is skipped now', () => {
    expect(codes({ report: testReport([testResult(NAME, 'skipped')], { end: ENDED }) })).toEqual([
      'tests_failed',
    ])
  })

  it('refuses a test that hangs', () => {
    const report = testReport([testResult(NAME, 'failed', { failure: failure({ kind: 'timeout' }) })])
    expect(codes({ report })).toEqual(['timeout'])
  })

  it('refuses a file that does not load, and not its missing tests as well', () => {
    const report = testReport([], { loadFailures: [loadFailure(TEST_FILE)], end: ENDED })
    expect(codes({ report, missing: [{ file: TEST_FILE, name: NAME }] })).toEqual(['load_failure'])
  })

  it('refuses a missing test and one too many', () => {
    expect(codes({ missing: [{ file: TEST_FILE, name: 'a' }] })).toEqual(['tests_failed'])
    expect(codes({ extra: [{ file: TEST_FILE, name: 'b' }] })).toEqual(['tests_changed'])
  })

  it('refuses zero tests', () => {
    expect(codes({ frozen: [] })).toEqual(['no_tests_found'])
  })

  it.each([
    ['timeout', { kind: 'timeout', limitMs: 5 }],
    ['runner_failure', { kind: 'crashed', exitCode: 0, reason: 'gone' }],
    ['load_failure', { kind: 'build_failed', command: ['tsc'], output: 'no' }],
  ] as const)('refuses with %s a run that did not finish', (code, end) => {
    expect(codes({ report: testReport([], { end }) })).toEqual([code])
  })
})

describe('disturbed assertions', () => {
  it('refuses when an injected false assertion passed', () => {
    const canaries = [{ file: TEST_FILE, library: 'node:assert', caught: false }]
    expect(codes({ canaries })).toEqual(['runner_failure'])
  })

  it('expects no injected assertion of a file that did not load', () => {
    const canaries = [{ file: TEST_FILE, library: 'node:assert', caught: false }]
    const report = testReport([], { loadFailures: [loadFailure(TEST_FILE)], end: ENDED })
    expect(codes({ canaries, report })).toEqual(['load_failure'])
  })

  it('refuses an exit code that disagrees with the report', () => {
    const passed = [testResult(NAME, 'passed')]
    expect(codes({ report: testReport(passed, { end: { kind: 'finished', exitCode: 0 } }) })).toEqual([
      'runner_failure',
    ])
    expect(codes({ canaries: [], report: testReport(passed, { end: ENDED }) })).toEqual(['runner_failure'])
    expect(codes({ canaries: [], report: testReport(passed) })).toEqual([])
  })
})
