// Reporter for mocha 8 or newer. Loaded in the process that runs the tests.
'use strict'

const { errorRecord, leaveSoon, openReport } = require('./report-file.cjs')

class OrchestratorReporter {
  constructor(runner) {
    this.report = openReport()
    this.hooks = []
    this.seen = new Set()
    runner.on('pass', (test) => this.write(test, 'passed', null))
    runner.on('pending', (test) => this.write(test, 'skipped', null))
    runner.on('fail', (test, error) => {
      if (test.type === 'hook') this.hooks.push({ hook: test, error })
      else this.write(test, 'failed', error)
    })
    runner.on('end', () => {
      for (const { hook, error } of this.hooks) this.failByHook(hook, error)
      this.report.end()
      leaveSoon()
    })
  }

  write(test, outcome, error) {
    // A test that passed and then failed (done called twice) is a failure; the second record says so.
    this.seen.add(test)
    this.report.test({
      file: test.file ?? process.cwd(),
      path: test.titlePath(),
      outcome,
      ms: test.duration ?? null,
      error: error === null ? null : testError(error),
    })
  }

  // Tests that a failed hook kept from running failed for its reason.
  failByHook(hook, error) {
    let kept = 0
    hook.parent.eachTest((test) => {
      if (this.seen.has(test) || test.isPending()) return
      kept += 1
      this.write(test, 'failed', error)
    })
    if (kept === 0) this.write(hook, 'failed', error)
  }
}

function testError(error) {
  const timedOut =
    error?.code === 'ERR_MOCHA_TIMEOUT' || /^Timeout of \d+ms exceeded/.test(error?.message ?? '')
  return errorRecord(error, timedOut ? 'timeout' : undefined)
}

module.exports = OrchestratorReporter
