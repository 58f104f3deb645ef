import { describe, expect, it } from 'vitest'
import {
  change,
  codesOf,
  FAILS,
  loadFailure,
  redEvidence,
  sampleSuite,
  sampleTask,
  TEST_FILE,
  testReport,
  testResult,
  touchedTest,
} from '../../test/support/proof-samples.ts'
import { judgeRed } from './judge-red.ts'
import type { TaskDefinition } from './plan.ts'
import type { RedEvidence, TestStanding } from './proof.ts'

function codes(evidence: Partial<RedEvidence>, task: Partial<TaskDefinition> = {}): string[] {
  return codesOf(judgeRed({ task: sampleTask(task), suite: sampleSuite(), evidence: redEvidence(evidence) }))
}

const PASSES: TestStanding = { kind: 'characterisation' }

function wrong(reason: Extract<TestStanding, { kind: 'wrong' }>['reason']): TestStanding {
  return { kind: 'wrong', reason, message: 'boom' }
}

describe('tests that may be frozen', () => {
  it('accepts a touched test that fails by an assertion', () => {
    expect(codes({})).toEqual([])
  })

  it('accepts a test that passes already beside one that fails for the same criterion', () => {
    expect(codes({ touched: [touchedTest('AC-1 a'), touchedTest('AC-1 b', PASSES)] })).toEqual([])
  })

  it('accepts a file that cannot load when the stub is what fails it as a whole', () => {
    const standing: TestStanding = { kind: 'fails', reason: 'stub', message: 'stub', perFile: true }
    const report = testReport([], {
      loadFailures: [loadFailure(TEST_FILE)],
      end: { kind: 'finished', exitCode: 1 },
    })
    const untouched = [{ test: { file: TEST_FILE, name: 'old' }, before: 'passed', now: 'missing' }] as const
    expect(codes({ touched: [touchedTest('AC-1 a', standing)], report, untouched })).toEqual([])
  })
})

describe('which paths the tests may be in', () => {
  it.each([
    ['a source', change('src/parse.js'), {}],
    ['a test of another task', change('test/other.test.js'), {}],
    ['configuration', change('package.json', { pathClass: 'frozen' }), {}],
    ['a free path', change('README.md', { pathClass: 'free' }), {}],
    [
      'a deleted test that only the suite names',
      change('test/old.test.js', { change: 'deleted' }),
      { tests: ['test/**'], locks: [] },
    ],
    [
      'a deleted test of a directory that the task names',
      change('test/old.test.js', { change: 'deleted' }),
      { tests: ['test/**'], locks: ['test/**'] },
    ],
  ] as const)('refuses %s', (_, wrongChange, task) => {
    expect(codes({ changes: [change(TEST_FILE), wrongChange] }, task)).toEqual(['wrong_files'])
  })

  it.each([
    ['a declared fixture', change('test/fixtures/a.json'), {}],
    [
      'configuration that the task allows',
      change('package.json', { pathClass: 'frozen' }),
      { allow: ['package.json'] },
    ],
    ['a deleted test that the task names', change(TEST_FILE, { change: 'deleted' }), {}],
  ] as const)('accepts %s', (_, allowed, task) => {
    expect(codes({ changes: [change('test/parse.test.js'), allowed] }, task)).toEqual([])
  })

  it('refuses no change at all, and says nothing else', () => {
    expect(codes({ changes: [], touched: [], report: testReport([]) })).toEqual(['no_change'])
  })
})

describe('a run that proves nothing', () => {
  it.each([
    ['timeout', { kind: 'timeout', limitMs: 5 }],
    ['runner_failure', { kind: 'crashed', exitCode: 1, reason: 'gone' }],
    ['load_failure', { kind: 'build_failed', command: ['tsc'], output: 'no' }],
  ] as const)('refuses with %s', (code, end) => {
    expect(codes({ touched: [], report: testReport([], { end }) })).toEqual([code])
  })

  it('says what the output complains about', () => {
    const end = { kind: 'crashed', exitCode: 1, reason: 'it wrote no report' } as const
    const output = 'node:internal\n    at load (Error.js:1)\nCACError: Unknown option `--cache`\n'
    const verdict = judgeRed({
      task: sampleTask(),
      suite: sampleSuite(),
      evidence: redEvidence({ touched: [], report: testReport([], { end, output }) }),
    })
    expect(verdict).toMatchObject({
      refusals: [{ fact: expect.stringContaining('(CACError: Unknown option `--cache`)') as string }],
    })
  })

  it('calls a syntax error in a touched file by its name', () => {
    const report = testReport([], { loadFailures: [loadFailure(TEST_FILE, { errorName: 'SyntaxError' })] })
    expect(codes({ touched: [], report })).toEqual(['syntax_error'])
  })

  it('calls a file that throws while it loads a load failure', () => {
    const report = testReport([], { loadFailures: [loadFailure(TEST_FILE)] })
    expect(codes({ touched: [], report })).toEqual(['load_failure'])
  })

  it('refuses zero tests', () => {
    expect(codes({ touched: [], report: testReport([]) })).toEqual(['no_tests_found'])
  })

  it('says of tests that were only taken away that none is new or changed', () => {
    const gone = change(TEST_FILE, { change: 'deleted' })
    const evidence = redEvidence({ touched: [], report: testReport([]), changes: [gone] })
    expect(judgeRed({ task: sampleTask(), suite: sampleSuite(), evidence })).toMatchObject({
      refusals: [
        {
          code: 'no_target_test_failure',
          fact: `tests were taken away with ${TEST_FILE}, and none is new or changed`,
        },
      ],
    })
  })
})

describe('tests that do not fail as they should', () => {
  it('refuses when every touched test passes', () => {
    expect(codes({ touched: [touchedTest('AC-1 a', PASSES)] })).toEqual([
      'unexpected_green',
      'criterion_uncovered',
    ])
  })

  it('refuses when tests ran and none of them is touched', () => {
    expect(
      codes({ touched: [], report: testReport([testResult('old', 'passed')]) }, { criteria: [] }),
    ).toEqual(['unexpected_green'])
  })

  it.each([
    ['syntax', 'syntax_error'],
    ['foreign_module', 'load_failure'],
    ['timeout', 'timeout'],
    ['test_exception', 'no_target_test_failure'],
    ['runner', 'runner_failure'],
  ] as const)('refuses a failure for the wrong reason %s with %s', (reason, code) => {
    expect(codes({ touched: [touchedTest('AC-1 a', wrong(reason))] })).toEqual([code])
    expect(codes({ touched: [touchedTest('AC-1 a'), touchedTest('AC-1 b', wrong(reason))] })).toEqual([code])
  })

  it('refuses a test that passes against every stub', () => {
    const weak: TestStanding = { kind: 'weak', message: 'passes' }
    expect(codes({ touched: [touchedTest('AC-1 a', weak)] })).toEqual(['weak_test'])
  })

  it('names the test, the reason and the message in the fact', () => {
    const verdict = judgeRed({
      task: sampleTask(),
      suite: sampleSuite(),
      evidence: redEvidence({ touched: [touchedTest('AC-1 a', wrong('test_exception'))] }),
    })
    expect(verdict.accepted ? '' : verdict.refusals[0].fact).toBe(
      '"AC-1 a" in test/parse.test.js fails for a reason that proves nothing (test exception): boom',
    )
  })
})

describe('criteria', () => {
  it('refuses a criterion that no touched test claims', () => {
    expect(codes({ touched: [touchedTest('reads numbers', FAILS, [])] })).toEqual(['criterion_uncovered'])
  })

  it('refuses a criterion whose only test passes already', () => {
    const touched = [touchedTest('a', FAILS, []), touchedTest('AC-1 b', PASSES)]
    expect(codes({ touched })).toEqual(['criterion_uncovered'])
  })

  it('asks nothing of a task without criteria', () => {
    expect(codes({ touched: [touchedTest('reads numbers', FAILS, [])] }, { criteria: [] })).toEqual([])
  })
})

describe('tests that were there before', () => {
  const gone = {
    test: { file: 'test/parse.test.js', name: 'old' },
    before: 'passed',
    now: 'missing',
  } as const

  it('refuses when one of them fails now', () => {
    expect(codes({ untouched: [{ ...gone, now: 'failed' }] })).toEqual(['regression'])
  })

  it('ignores one that failed before', () => {
    expect(codes({ untouched: [{ ...gone, before: 'failed', now: 'failed' }] })).toEqual([])
  })

  it('lets a test of the task be replaced by another, and not be dropped', () => {
    expect(codes({ untouched: [gone] })).toEqual([])
    expect(codes({ untouched: [gone, { ...gone, test: { ...gone.test, name: 'old too' } }] })).toEqual([
      'regression',
    ])
    expect(codes({ untouched: [gone] }, { tests: ['test/**'], locks: [] })).toEqual(['regression'])
  })

  it('counts the cases of a parametrised test as the one test that they are', () => {
    const cases = ['sum[1-2]', 'sum[[1]-2]'].map((name) => ({ ...gone, test: { ...gone.test, name } }))
    expect(codes({ untouched: cases })).toEqual([])
    expect(codes({ untouched: [...cases, gone] })).toEqual(['regression'])
  })
})

describe('quality of the tests', () => {
  const finding = { file: TEST_FILE, test: null, line: 3, message: 'no' }

  it('refuses what the rules found, secrets before everything else', () => {
    expect(codes({ findings: [{ ...finding, rule: 'only' }] })).toEqual(['code_quality'])
    const findings = [
      { ...finding, rule: 'only' },
      { ...finding, rule: 'secret' },
    ]
    expect(codes({ touched: [touchedTest('AC-1 a', PASSES)], findings })).toEqual([
      'secret_found',
      'unexpected_green',
      'criterion_uncovered',
      'code_quality',
    ])
  })
})

describe('a task that only verifies', () => {
  const task = { kind: 'verify_only', exports: ['parse'] } as const
  const passing = testReport([testResult('AC-1 a', 'passed')])

  it('accepts tests that pass at once and fail when the exports are taken away', () => {
    expect(codes({ touched: [touchedTest('AC-1 a')], report: passing }, task)).toEqual([])
  })

  it('refuses tests that fail', () => {
    const report = testReport([testResult('AC-1 a', 'failed')])
    expect(codes({ touched: [touchedTest('AC-1 a')], report }, task)).toEqual(['tests_failed'])
  })

  it('refuses tests that do not notice the removal, and a task that declares nothing to remove', () => {
    const touched = [touchedTest('AC-1 a', PASSES)]
    expect(codes({ touched, report: passing }, { ...task, criteria: [] })).toEqual(['removal_not_detected'])
    expect(codes({ touched, report: passing }, { ...task, criteria: [], exports: [] })).toEqual([
      'removal_not_detected',
    ])
  })
})
