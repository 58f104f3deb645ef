import {
  type LoadFailure,
  type PathClass,
  type RunEnd,
  type StackFrame,
  type TestFailure,
  type TestId,
  testKey,
  type TestReport,
} from './evidence.ts'
import { isSyntaxError, type Lack, lackIn } from './failure-tables.ts'
import type { TestStanding } from './proof.ts'

/** What is known about the tree in which tests failed. */
export interface FailureContext {
  /** Stands in the message of every error that a stub throws. */
  readonly stubMark: string
  /** The class of a path of the tree; null for what lies outside or belongs to a dependency. */
  classOf(path: string): PathClass | null
  /** Whether no source of the task has a thing of this name. */
  lacks(name: string): boolean
  /** Whether a missing module or file, as a message writes it, would be the task's. */
  isOwnModule(module: string, file: string): boolean
  /** Whether a name means, in this file, something that comes neither from the sources nor from the file itself: a test library, a package, a global. */
  isForeign(name: string, file: string): boolean
  /** Whether a line (null: the file as a whole) works with what came from the sources. */
  usesSources(file: string, line: number | null): boolean
  /** Whether a line of a test file itself makes an error with a message written out in it: an assertion by hand. */
  complains(file: string, line: number | null): boolean
  /** Whether a command line, as a message of a test in this file writes it, starts a source of the task. */
  startsSource(command: string, file: string): boolean
  /** Whether a test works with something that a stub stands for. */
  usesStub(test: TestId): boolean
}

interface StandingsRequest {
  readonly touched: readonly TestId[]
  /** The touched files on the tree without the sources, completed by throwing stubs. */
  readonly throwing: TestReport
  /** Those of `needSecondRun`, against stubs that return undefined; null where no stub is in use. */
  readonly silent: TestReport | null
  readonly context: FailureContext
}

/** Where each touched test stands, in the order of `touched`. */
export function standings(request: StandingsRequest): TestStanding[] {
  return request.touched.map((test) => standingOf(test, request))
}

/**
 * The tests that a run against throwing stubs leaves open: those that passed, and those that timed out, which decides
 * nothing there.
 */
export function needSecondRun(touched: readonly TestId[], throwing: TestReport): TestId[] {
  const results = new Map(throwing.tests.map((result) => [testKey(result), result]))
  return touched.filter((test) => {
    const result = results.get(testKey(test))
    return result?.outcome === 'passed' || result?.failure?.kind === 'timeout'
  })
}

/** What one failure proves, where the task's sources are not there. `file` is the test file in which it was reported. */
export function classifyFailure(
  failed: { readonly file: string; readonly failure: TestFailure; readonly perFile: boolean },
  context: FailureContext,
): TestStanding {
  const { file, failure, perFile } = failed
  const { message } = failure
  const right = (reason: RightReason): TestStanding => ({ kind: 'fails', reason, message, perFile })
  const wrong = (
    reason: 'syntax' | 'foreign_module' | 'timeout' | 'test_exception' | 'runner',
  ): TestStanding => ({ kind: 'wrong', reason, message })
  if (failure.kind === 'timeout') return wrong('timeout')
  if (message.includes(context.stubMark) || failure.errorName === 'TddStubError') return right('stub')
  if (failure.kind === 'assertion') return right('assertion')
  const lack = lackIn(withName(failure), file)
  if (lack?.what === 'module') {
    return wrongModule(lack, failed, context) ? wrong('foreign_module') : right('missing_name')
  }
  const atLoad = perFile || failure.kind === 'load'
  if (atLoad && isSyntaxError(failure.errorName, message) && lack === null) return wrong('syntax')
  const innermost = projectFrame(failure.frames, context)
  if (innermost !== null && ['source', 'free'].includes(context.classOf(innermost.file) ?? '')) {
    return right('source_exception')
  }
  const command = failedCommand(message)
  if (command !== null && context.startsSource(command, file)) return right('source_exception')
  if (lack !== null && isRightLack(lack, { file, frame: innermost }, context)) return right('missing_name')
  const byHand = failure.errorName === 'Error' && !atLoad && innermost?.file === file
  if (byHand && context.complains(file, innermost.line)) return right('assertion')
  if (lack === null && !atLoad && isOtherValue(failure.errorName, innermost, context)) {
    return right('source_value')
  }
  return wrong('test_exception')
}

/** The command line of a process that ended badly, as Node, execa and Python write it: the exception of a program. */
function failedCommand(message: string): string | null {
  const found =
    /^(?:Error: )?Command failed(?: with [^:\n]*)?: (.+)$/m.exec(message) ??
    /\bCommand '(.+)' returned non-zero exit status/.exec(message)
  return found?.[1] ?? null
}

type RightReason = Extract<TestStanding, { readonly kind: 'fails' }>['reason']

function standingOf(test: TestId, request: StandingsRequest): TestStanding {
  const { context } = request
  const first = seen(test, request.throwing)
  if (first.kind !== 'ran') return withoutResult(test, first, request)
  if (first.outcome === 'skipped') return { kind: 'not_run', reason: 'skipped' }
  const stands = first.failure === null ? null : failureStanding(test, first.failure, request)
  if (stands !== null && !(stands.kind === 'wrong' && stands.reason === 'timeout')) return stands
  if (request.silent === null) return stands ?? { kind: 'characterisation' }
  const second = seen(test, request.silent)
  if (second.kind === 'ran' && second.failure !== null) {
    const again = classifyFailure({ file: test.file, failure: second.failure, perFile: false }, context)
    if (again.kind === 'fails' && again.reason === 'assertion') return again
  }
  if (!context.usesStub(test)) return stands ?? { kind: 'characterisation' }
  // One time-out against a stub decides nothing: the test is not proof, and neither wrong nor weak. One against both
  // is not the stubs' doing.
  const again = second.kind === 'ran' && second.failure?.kind === 'timeout'
  if (stands !== null && again) return stands
  if (stands !== null || again) return { kind: 'characterisation' }
  const failed =
    second.kind === 'ran' && second.failure !== null
      ? `, and against one that returns undefined no assertion fails: ${second.failure.message}`
      : ' and against one that returns undefined'
  return { kind: 'weak', message: `passes against a stub that throws${failed}` }
}

/** A test that only reports failed subtests stands where the first of them stands that proves something. */
function failureStanding(test: TestId, failure: TestFailure, request: StandingsRequest): TestStanding {
  if (!/^\d+ subtests? failed/.test(failure.message)) {
    return classifyFailure({ file: test.file, failure, perFile: false }, request.context)
  }
  const inner = request.throwing.tests.filter(
    (other) => other.file === test.file && other.name.startsWith(`${test.name} > `) && other.failure !== null,
  )
  const found = inner
    .filter((other) => !/^\d+ subtests? failed/.test(other.failure?.message ?? ''))
    .map((other) =>
      classifyFailure(
        { file: other.file, failure: other.failure ?? failure, perFile: false },
        request.context,
      ),
    )
  return (
    found.find((one) => one.kind === 'wrong') ??
    found[0] ?? { kind: 'wrong', reason: 'test_exception', message: failure.message }
  )
}

type Seen =
  | {
      readonly kind: 'ran'
      readonly outcome: 'passed' | 'failed' | 'skipped'
      readonly failure: TestFailure | null
    }
  | { readonly kind: 'unloaded'; readonly load: LoadFailure }
  | { readonly kind: 'absent'; readonly end: RunEnd }

function seen(test: TestId, report: TestReport): Seen {
  const result = report.tests.find((other) => other.file === test.file && other.name === test.name)
  if (result !== undefined) return { kind: 'ran', outcome: result.outcome, failure: result.failure }
  const load = report.loadFailures.find((other) => other.file === test.file)
  return load === undefined ? { kind: 'absent', end: report.end } : { kind: 'unloaded', load }
}

/** The file is judged as one test where it could not be loaded. */
function withoutResult(
  test: TestId,
  first: Exclude<Seen, { kind: 'ran' }>,
  request: StandingsRequest,
): TestStanding {
  if (first.kind === 'unloaded') {
    return classifyFailure({ file: test.file, failure: first.load.failure, perFile: true }, request.context)
  }
  const { end } = first
  if (end.kind === 'timeout') {
    return { kind: 'wrong', reason: 'timeout', message: `the run took longer than ${end.limitMs} ms` }
  }
  if (end.kind === 'crashed' || end.kind === 'unavailable') {
    return { kind: 'wrong', reason: 'runner', message: end.reason }
  }
  if (end.kind === 'build_failed') {
    const failure: TestFailure = { kind: 'load', errorName: null, message: end.output, frames: [] }
    return classifyFailure({ file: test.file, failure, perFile: true }, request.context)
  }
  return { kind: 'not_run', reason: 'missing' }
}

function wrongModule(lack: Lack, failed: { readonly file: string }, context: FailureContext): boolean {
  return lack.name === null || !context.isOwnModule(lack.name, failed.file)
}

/**
 * Whether what is missing is missing from the task's sources. What a test library or a package does not have is the
 * test's own fault; a value counts where the line works with what came from the sources.
 */
function isRightLack(
  lack: Lack,
  where: { readonly file: string; readonly frame: StackFrame | null },
  context: FailureContext,
): boolean {
  if (lack.what === 'file') return lack.name !== null && context.isOwnModule(lack.name, where.file)
  const file = where.frame?.file ?? where.file
  if (lack.owner !== null && context.isForeign(lack.owner, file)) return false
  if (lack.what === 'name' && lack.name !== null && context.isForeign(lack.name, file)) return false
  if (lack.what !== 'value' && lack.name !== null && context.lacks(lack.name)) return true
  return context.usesSources(file, where.frame?.line ?? null)
}

/** A line of a test works with what came from the sources, and the language says that it is not what the line takes it for. */
function isOtherValue(errorName: string | null, frame: StackFrame | null, context: FailureContext): boolean {
  if (errorName === null || !VALUE_ERROR.test(errorName) || frame === null || frame.line === null)
    return false
  return context.usesSources(frame.file, frame.line)
}

const VALUE_ERROR =
  /^(?:(?:Type|Range|Value|Attribute|Lookup|Key|Index|Overflow|ZeroDivision|UnicodeDecode|UnicodeEncode|JSONDecode)Error|Stop(?:Async)?Iteration|UnsupportedOperation)$/

/** Some runners put the name of the error apart from its message, and a KeyError says nothing but its key. */
function withName(failure: TestFailure): string {
  if (failure.errorName === 'KeyError') {
    return `dict has no attribute '${failure.message.replace(/^KeyError:\s*/, '').replace(/\W/g, '')}'`
  }
  return failure.message
}

function projectFrame(frames: readonly StackFrame[], context: FailureContext): StackFrame | null {
  return frames.find((frame) => context.classOf(frame.file) !== null) ?? null
}
