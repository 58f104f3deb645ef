// Reporter for vitest 0.34 to 5: `onFinished` before 3, `onTestModuleEnd` and `onTestRunEnd` since.
import { createRequire } from 'node:module'

const { errorRecord, openReport } = createRequire(import.meta.url)('./report-file.cjs')

// oxlint-disable-next-line import/no-default-export -- the runner asks for one
export default class OrchestratorReporter {
  #report = openReport()
  #written = new Set()
  #ended = false

  onTestModuleEnd(module) {
    this.#file(module.task)
  }

  onTestRunEnd(modules, unhandled) {
    this.#end(
      modules.map((module) => module.task),
      unhandled,
    )
  }

  onFinished(files = [], unhandled = []) {
    this.#end(files, unhandled)
  }

  #end(files, unhandled = []) {
    if (this.#ended) return
    this.#ended = true
    for (const file of files) this.#file(file)
    const fallback = files[0]?.filepath ?? process.cwd()
    for (const error of unhandled) {
      const message = `Unhandled ${error.type ?? 'error'}: ${error.message}`
      const file = error.VITEST_TEST_PATH ?? fallback
      this.#report.load({ file, error: { ...errorRecord(error, 'error'), message } })
    }
    this.#report.end()
  }

  #file(file) {
    if (file === undefined || this.#written.has(file.id ?? file.filepath)) return
    this.#written.add(file.id ?? file.filepath)
    const errors = file.result?.state === 'fail' ? (file.result.errors ?? []) : []
    if (errors.length > 0) {
      const kind = file.tasks.length === 0 ? 'load' : 'error'
      this.#report.load({ file: file.filepath, error: loadError(errors[0], kind) })
    }
    for (const task of file.tasks) this.#task(task, { file: file.filepath, path: [], hookError: errors[0] })
  }

  #task(task, { file, path: outer, hookError }) {
    const path = [...outer, task.name]
    if (task.type !== 'suite') {
      this.#report.test({ file, path, ...outcomeOf(task, hookError) })
      return
    }
    const error = task.result?.state === 'fail' ? task.result.errors?.[0] : undefined
    for (const child of task.tasks) this.#task(child, { file, path, hookError: error ?? hookError })
    if (error !== undefined && !task.tasks.some((child) => neverRan(child))) {
      this.#report.test({ file, path, outcome: 'failed', ms: null, error: testError(error) })
    }
  }
}

function outcomeOf(task, hookError) {
  const state = task.result?.state
  const ms = task.result?.duration ?? null
  if (hookError !== undefined && neverRan(task)) {
    return { outcome: 'failed', ms, error: testError(hookError) }
  }
  if (task.mode === 'skip' || task.mode === 'todo') return { outcome: 'skipped', ms, error: null }
  if (state === 'pass') return { outcome: 'passed', ms, error: null }
  if (state === 'skip' || state === 'todo') return { outcome: 'skipped', ms, error: null }
  const error = task.result?.errors?.[0]
  const never = { message: 'The test did not end.' }
  return { outcome: 'failed', ms, error: testError(error ?? never) }
}

// A test that a failed hook kept from running; some versions mark it as skipped.
function neverRan(task) {
  if (task.type === 'suite') return task.tasks.length > 0 && task.tasks.every((child) => neverRan(child))
  const state = task.result?.state
  return state === undefined
    ? task.mode === 'run' || task.mode === 'skip'
    : state === 'skip' && task.mode !== 'todo'
}

function testError(error) {
  const timedOut = /^(?:Test|Hook) timed out in \d+ms/.test(error.message ?? '')
  return errorRecord(error, timedOut ? 'timeout' : isSnapshot(error) ? 'assertion' : undefined)
}

// A snapshot that differs or is not there is a plain error to vitest; what a test throws itself does not come from within it.
function isSnapshot(error) {
  const innermost = /\n\s+at [^\n]*/.exec(error.stack ?? error.stackStr ?? '')?.[0] ?? ''
  return SNAPSHOT.test(error.message ?? '') && /[\\/]node_modules[\\/]@?vitest[\\/]/.test(innermost)
}

const SNAPSHOT =
  /^(?:Snapshot (?:`[^]*` |properties )?mismatched$|snapshot function didn't throw$|Received value must be an object when the matcher has properties$)/

function loadError(error, kind) {
  const record = errorRecord(error, kind)
  const unparsed =
    record.code === 'PARSE_ERROR' || /Parse failure|PARSE_ERROR|Transform failed/.test(record.message)
  const broken =
    kind === 'load' &&
    (unparsed || /^(?:Unexpected token|Expected |Expression expected)/.test(record.message))
  return broken ? { ...record, name: 'SyntaxError' } : record
}
