// Reporter for jest 27 to 30. Loaded in jest's main process.
'use strict'

const { errorRecord, leaveSoon, openReport } = require('./report-file.cjs')

const SKIPPED = new Set(['pending', 'skipped', 'todo', 'disabled'])

class OrchestratorReporter {
  constructor() {
    this.report = openReport()
  }

  onTestResult(_test, result) {
    const file = result.testFilePath
    if (result.testExecError) this.report.load({ file, error: loadError(result) })
    for (const test of result.testResults) {
      const path = [...test.ancestorTitles, test.title]
      const outcome = test.status === 'passed' ? 'passed' : SKIPPED.has(test.status) ? 'skipped' : 'failed'
      const error = outcome === 'failed' ? testError(test) : null
      this.report.test({ file, path, outcome, ms: test.duration ?? null, error })
    }
    if (
      result.failureMessage &&
      !result.testExecError &&
      !result.testResults.some((test) => test.status === 'failed')
    ) {
      this.report.load({ file, error: { ...errorRecord({ message: result.failureMessage }), kind: 'error' } })
    }
  }

  onRunComplete(_contexts, results) {
    if (results.runExecError) {
      this.report.load({ file: process.cwd(), error: errorRecord(results.runExecError, 'error') })
    }
    this.report.end()
    leaveSoon()
  }
}

// Errors of worker processes arrive as plain objects; the text of the stack is what is always there.
function testError(test) {
  const stack = plain(test.failureMessages?.[0] ?? '')
  const detail = test.failureDetails?.[0]?.error ?? test.failureDetails?.[0] ?? {}
  const [head] = stack.split(/\n\s+at /)
  const named = /^(?:thrown: )?([A-Z][\w$]*)(?: \[([A-Z_]+)\])?(?::|$)/.exec(stack)
  const record = {
    name: typeof detail.name === 'string' ? detail.name : (named?.[1] ?? null),
    code: typeof detail.code === 'string' ? detail.code : (named?.[2] ?? null),
    message: plain(detail.message ?? '') || head.replace(/^Error: /, '') || 'The runner gave no message.',
    stack,
  }
  return { ...record, ...kindOf(record, detail) }
}

function kindOf(record, detail) {
  if (/Exceeded timeout of [\d,]+ ?ms/.test(record.stack)) return { kind: 'timeout' }
  const matcher = detail.matcherResult !== undefined || /^(?:\w+: )?expect(?:\(|\.)/.test(record.stack)
  const asserted = record.code === 'ERR_ASSERTION' || /^(?:Error: )?assert(?:\.\w+)?\(/.test(record.stack)
  return matcher || asserted ? { kind: 'assertion' } : {}
}

function loadError(result) {
  const error = result.testExecError
  const text = plain(result.failureMessage ?? '')
  const stack = plain(error.stack ?? '')
  const said = plain(error.message ?? '') || text
  const named = /(?:^|\n)\s*(?:([A-Z]\w*Error)\b.*)/.exec(`${stack}\n${text}`)?.[1] ?? null
  const syntax = /Jest encountered an unexpected token/.test(said) || /\bSyntaxError\b/.test(said)
  const message = /error|exception/i.test(said) || text === '' ? said : text
  return { name: syntax ? 'SyntaxError' : named, code: error.code ?? null, message, stack, kind: 'load' }
}

// oxlint-disable-next-line no-control-regex -- colours are control characters
const COLOURS = /\u001B\[[\d;]*m/g

function plain(text) {
  return String(text).replace(COLOURS, '')
}

module.exports = OrchestratorReporter
