import { describe, expect, it } from 'vitest'
import {
  change,
  checkResult,
  codesOf,
  fullEvidence,
  greenEvidence,
  loadFailure,
  sampleSuite,
  sampleTask,
  TEST_FILE,
  testReport,
  testResult,
  touchedTest,
} from '../../test/support/proof-samples.ts'
import { judgeFull, quarantinedTests } from './judge-full.ts'
import type { TaskDefinition } from './plan.ts'
import type { FullEvidence, RegressionSuspect } from './proof.ts'

const NAME = 'AC-1 reads numbers'

function codes(evidence: Partial<FullEvidence>, task: Partial<TaskDefinition> = {}): string[] {
  return codesOf(
    judgeFull({ task: sampleTask(task), suite: sampleSuite(), evidence: fullEvidence(evidence) }),
  )
}

function suspect(here: number, base: number, file = 'test/old.test.js'): RegressionSuspect {
  return {
    test: { file, name: 'old' },
    message: 'boom',
    here: { failed: here, runs: 3 },
    base: { failed: base, runs: 3 },
  }
}

describe('a tree that may land', () => {
  it('accepts when everything holds', () => {
    expect(codes({})).toEqual([])
  })

  it('does not care which paths the whole task changed', () => {
    expect(codes({ green: greenEvidence({ changes: [change(TEST_FILE), change('src/parse.js')] }) })).toEqual(
      [],
    )
  })

  it('refuses what GREEN would refuse', () => {
    const report = testReport([testResult(NAME, 'failed')])
    expect(codes({ green: greenEvidence({ report }) })).toEqual(['tests_failed'])
  })
})

it('says of a file that was not there before that it is new, and who may be at fault', () => {
  const added = { ...suspect(3, 0), test: { file: TEST_FILE, name: TEST_FILE }, base: { failed: 0, runs: 0 } }
  const evidence = fullEvidence({ regressions: [added] })
  expect(judgeFull({ task: sampleTask({}), suite: sampleSuite(), evidence })).toMatchObject({
    refusals: [
      {
        code: 'regression',
        fact: expect.stringContaining('is new and fails in 3 of 3 runs now: boom'),
        hint: expect.stringContaining('whichever of tests and sources'),
      },
    ],
  })
})

describe('proof tests that run again', () => {
  it.each([[['passed', 'passed', 'failed'] as const], [['passed', 'missing', 'passed'] as const]])(
    'refuses %s as flaky',
    (outcomes) => {
      expect(codes({ repeats: [{ test: { file: TEST_FILE, name: NAME }, outcomes }] })).toEqual(['flaky'])
    },
  )
})

describe('tests that passed at the base', () => {
  it('refuses one that holds there and reliably fails here', () => {
    expect(codes({ regressions: [suspect(3, 0)] })).toEqual(['regression'])
    expect(codes({ regressions: [suspect(2, 0)] })).toEqual(['regression'])
  })

  it('ignores one that fails on the base, too', () => {
    expect(codes({ regressions: [suspect(3, 1)] })).toEqual([])
  })

  it('sets aside one that mostly holds here, and lands', () => {
    expect(codes({ regressions: [suspect(1, 0)] })).toEqual([])
    expect(quarantinedTests(fullEvidence({ regressions: [suspect(1, 0), suspect(3, 0)] }))).toEqual([
      suspect(1, 0).test,
    ])
  })

  describe('beside a file that fails behind them', () => {
    const whole = (here: number, base: number, file = 'test/old.test.js'): RegressionSuspect => ({
      ...suspect(here, base),
      test: { file, name: file },
    })

    it('refuses the file whatever a test of it does', () => {
      expect(codes({ regressions: [whole(2, 0)] })).toEqual(['regression'])
      expect(codes({ regressions: [suspect(1, 0), whole(2, 0)] })).toEqual(['regression'])
      expect(codes({ regressions: [suspect(3, 1), whole(2, 0)] })).toEqual(['regression'])
      expect(codes({ regressions: [suspect(3, 1), whole(3, 1)] })).toEqual([])
    })

    it('does not take the file for a test that the task may replace', () => {
      const report = testReport([testResult(NAME, 'passed')])
      expect(codes({ regressions: [whole(2, 0, TEST_FILE)], report })).toEqual(['regression'])
    })

    it('tells a test that fails, and not its file as well', () => {
      const evidence = fullEvidence({ regressions: [suspect(3, 0), whole(3, 0)] })
      expect(judgeFull({ task: sampleTask(), suite: sampleSuite(), evidence })).toMatchObject({
        refusals: [{ code: 'regression', details: [expect.stringContaining('"old" in test/old.test.js')] }],
      })
    })
  })

  describe('and are gone', () => {
    const gone = suspect(3, 0, TEST_FILE)
    const another = { ...gone, test: { ...gone.test, name: 'old too' } }
    const report = testReport([testResult(NAME, 'passed')])

    it('lets the task replace tests of a file that it names, and of no other', () => {
      expect(codes({ regressions: [gone], report })).toEqual([])
      expect(codes({ regressions: [gone], report }, { tests: ['test/**'], locks: [] })).toEqual([
        'regression',
      ])
    })

    it('refuses to drop more of them than are new, and says that sources cannot mend it', () => {
      const evidence = { regressions: [gone, another], report }
      const verdict = judgeFull({
        task: sampleTask(),
        suite: sampleSuite(),
        evidence: fullEvidence(evidence),
      })
      expect(verdict).toMatchObject({
        refusals: [
          {
            code: 'regression',
            fact: expect.stringContaining('"old" in test/parse.test.js passed before and was dropped'),
            hint: expect.stringContaining('dispute'),
            details: [expect.stringContaining('"old"'), expect.stringContaining('"old too"')],
          },
        ],
      })
      expect(codes({ ...evidence, added: [{ file: TEST_FILE, name: 'new' }] })).toEqual([])
    })

    describe('where a new test, frozen as well, bears the name of one that is gone', () => {
      const files = ['test/a.test.js', 'test/b.test.js', TEST_FILE]
      const dropped = (file: string, name: string) => ({ ...gone, test: { file, name } })
      const moved = dropped('test/a.test.js', NAME)
      const judged = (...regressions: RegressionSuspect[]) => {
        const evidence = fullEvidence({ regressions, added: [{ file: TEST_FILE, name: NAME }], report })
        return judgeFull({ task: sampleTask({ tests: files, locks: files }), suite: sampleSuite(), evidence })
      }

      it('takes it for that one, and for no other besides', () => {
        expect(judged(moved)).toMatchObject({ accepted: true })
        for (const name of [NAME, 'holds']) {
          expect(judged(moved, dropped('test/b.test.js', name))).toMatchObject({
            refusals: [{ code: 'regression', details: [`"${name}" in test/b.test.js`] }],
          })
        }
      })

      it('takes one that two suites report for one', () => {
        expect(judged(moved, moved)).toMatchObject({ accepted: true })
      })
    })

    it('lets maintenance drop tests of a file that it names', () => {
      const green = greenEvidence({ frozen: [] })
      expect(codes({ green, regressions: [gone] }, { kind: 'maintenance' })).toEqual([])
    })

    it('does not take a file that cannot be loaded for one without tests', () => {
      const unloaded = testReport([], { loadFailures: [loadFailure(TEST_FILE)] })
      const [code, ...more] = codes({ regressions: [gone], report: unloaded })
      expect([code, more]).toEqual(['regression', []])
    })
  })

  describe('where the run of the whole suite reports none', () => {
    const report = testReport([])

    it("refuses, for the task's own are of the suite", () => {
      const verdict = judgeFull({
        task: sampleTask(),
        suite: sampleSuite(),
        evidence: fullEvidence({ report }),
      })
      expect(verdict).toMatchObject({
        refusals: [
          {
            code: 'no_tests_found',
            fact: expect.stringContaining(`"${NAME}" in ${TEST_FILE}`),
            hint: expect.stringContaining('test/**'),
          },
        ],
      })
    })

    it('accepts what has no tests of its own, or only such as no run of the suite finds', () => {
      expect(codes({ report, green: greenEvidence({ frozen: [] }) }, { kind: 'maintenance' })).toEqual([])
      const suite = sampleSuite({ tests: ['test/*.js'], fixtures: [TEST_FILE] })
      expect(codesOf(judgeFull({ task: sampleTask(), suite, evidence: fullEvidence({ report }) }))).toEqual(
        [],
      )
    })

    it('leaves a file that cannot be loaded, and a base that cannot be run, to what is said of them', () => {
      expect(codes({ report: testReport([], { loadFailures: [loadFailure(TEST_FILE)] }) })).toEqual([])
      const end = { kind: 'unavailable', reason: 'no runner' } as const
      expect(codes({ report: testReport([], { end }), baseEnd: end })).toEqual([])
    })
  })

  it('refuses a run that does not finish, unless the base did not finish either', () => {
    const report = testReport([], { end: { kind: 'crashed', exitCode: 1, reason: 'gone' } })
    expect(codes({ report })).toEqual(['runner_failure'])
    expect(codes({ report, baseEnd: { kind: 'unavailable', reason: 'no runner' } })).toEqual([])
  })
})

describe('the removal proof', () => {
  it('refuses a proof test that passes without the sources', () => {
    const standings = [touchedTest(NAME, { kind: 'characterisation' })]
    expect(codes({ removal: { standings, stubs: [] } })).toEqual(['removal_not_detected'])
  })

  it('refuses a proof test that was not reported there', () => {
    expect(codes({ removal: { standings: [], stubs: [] } })).toEqual(['removal_not_detected'])
  })

  it('asks nothing of a test that never was proof', () => {
    const passing = touchedTest('other', { kind: 'characterisation' })
    expect(codes({ green: greenEvidence({ frozen: [touchedTest(NAME), passing] }) })).toEqual([])
  })
})

describe('checks and commands', () => {
  const failed = checkResult({ ok: false, exitCode: 1, output: 'src/parse.js: unused' })

  it('refuses a check with new findings', () => {
    expect(codes({ checks: [{ check: failed, before: null, added: ['src/parse.js: unused'] }] })).toEqual([
      'check_failed',
    ])
  })

  it('ignores a check that fails as it did before', () => {
    expect(codes({ checks: [{ check: failed, before: failed, added: [] }] })).toEqual([])
  })

  it('refuses a command of the task that fails, cannot start or does not end', () => {
    const verify = [{ command: ['e2e'] }]
    for (const over of [{ exitCode: 1 }, { exitCode: null }, { exitCode: null, timedOut: true }]) {
      const step = checkResult({ name: 'e2e', command: ['e2e'], ok: false, ...over })
      expect(codes({ verifySteps: [step] }, { verify })).toEqual(['verify_command_failed'])
    }
  })

  it('counts a named check by what it adds', () => {
    const verify = [{ check: 'lint' }]
    expect(
      codes({ verifySteps: [failed], checks: [{ check: failed, before: failed, added: [] }] }, { verify }),
    ).toEqual([])
    const added = [{ check: failed, before: null, added: ['new'] }]
    expect(codes({ verifySteps: [failed], checks: added }, { verify })).toEqual([
      'check_failed',
      'verify_command_failed',
    ])
  })

  it('refuses what the rules found', () => {
    const finding = { rule: 'empty_catch', file: 'src/parse.js', test: null, line: 1, message: 'no' }
    expect(codes({ findings: [finding] })).toEqual(['code_quality'])
  })
})
