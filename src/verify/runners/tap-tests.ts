import type { LoadFailure, TestFailure, TestResult } from '../../domain/evidence.ts'
import { type ReportedError, toFailure } from './failure.ts'
import type { Reading, TreeRoots } from './runner.ts'
import { parseTap, type TapPoint } from './tap-parse.ts'

/** Reads a TAP stream of one test file, or of several when its top level names them. */
export function readTap(
  text: string,
  where: {
    readonly tree: TreeRoots
    readonly files: readonly string[]
    readonly isFile: (name: string) => string | null
  },
): Reading {
  const { points, flaw } = parseTap(text)
  const tests: TestResult[] = []
  const loadFailures: LoadFailure[] = []
  const only = where.files.length === 1 ? (where.files[0] ?? '.') : '.'
  for (const point of points) {
    const file = where.isFile(point.name)
    if (file === null) {
      collect(point, [], { file: only, tree: where.tree, tests })
    } else if (point.children.length === 0 && !point.ok) {
      loadFailures.push({ file, failure: { ...failureOf(point, where.tree), kind: 'load' } })
    } else {
      for (const child of point.children) collect(child, [], { file, tree: where.tree, tests })
    }
  }
  return { tests, loadFailures, flaw }
}

interface Collecting {
  readonly file: string
  readonly tree: TreeRoots
  readonly tests: TestResult[]
}

/**
 * A point with points below it is a group; it counts as a test itself only when it failed and nothing below it did. In
 * node-tap the points below a test are its assertions, and only those with a time are tests of their own.
 */
function collect(point: TapPoint, outer: readonly string[], into: Collecting): void {
  const path = [...outer, point.name]
  const assertions = point.timed ? point.children.filter(({ timed }) => !timed) : []
  const tests = point.children.filter((child) => !assertions.includes(child))
  for (const child of tests) collect(child, path, into)
  const group = tests.length > 0 && assertions.length === 0
  if (group && (point.ok || tests.some((child) => failed(child)))) return
  const untrue = assertions.find((child) => failed(child))
  const ok = point.ok || (untrue === undefined && tests.some((child) => failed(child)))
  const outcome = point.directive !== null ? 'skipped' : ok ? 'passed' : 'failed'
  const ms = point.diagnostics['duration_ms'] ?? point.diagnostics['time']
  into.tests.push({
    file: into.file,
    name: path.join(' > '),
    outcome,
    durationMs: typeof ms === 'number' ? ms : null,
    failure: outcome === 'failed' ? failureOf(untrue ?? point, into.tree) : null,
  })
}

function failed(point: TapPoint): boolean {
  return !point.ok && point.directive === null
}

const TIMED_OUT = /timed? ?out|timeout/i

function failureOf(point: TapPoint, tree: TreeRoots): TestFailure {
  const { diagnostics } = point
  const stack = textOf(diagnostics['stack']) ?? textOf(diagnostics['at'])
  const values = textOf(diagnostics['values'])
  const message =
    textOf(diagnostics['message']) ??
    textOf(diagnostics['error']) ??
    values ??
    (JSON.stringify(diagnostics) || point.name)
  const error: ReportedError = {
    name: textOf(diagnostics['name']) ?? textOf(diagnostics['type']),
    code: textOf(diagnostics['code']),
    message: message === '{}' ? point.name : message,
    stack: stack === null ? null : framed(stack),
  }
  return toFailure({ ...error, kind: kindOf(point, error) }, tree)
}

/** TAP of every tool compares what was expected with what was found; that is an assertion. */
function kindOf(point: TapPoint, error: ReportedError): TestFailure['kind'] | undefined {
  const { diagnostics } = point
  if (TIMED_OUT.test(`${error.message} ${textOf(diagnostics['failureType']) ?? ''}`)) return 'timeout'
  if ('timeout' in diagnostics && point.name === 'test unfinished') return 'timeout'
  // node-tap shows the source of what is untrue, and says where it caught what was thrown.
  const compares = ['assertion', 'operator', 'expected', 'wanted', 'compare', 'values', 'source'].some(
    (key) => key in diagnostics,
  )
  if ('tapCaught' in diagnostics) return undefined
  const thrown =
    error.name !== null && /(?:Error|Exception)$/.test(error.name) && !error.name.startsWith('Assertion')
  return compares && !thrown ? 'assertion' : undefined
}

/** Stacks in TAP come without the word `at`. */
function framed(stack: string): string {
  return stack
    .split('\n')
    .map((line) => (/^\s*at /.test(line) ? line : `    at ${line.trim()}`))
    .join('\n')
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value.trim()
  return value === undefined || value === null ? null : JSON.stringify(value)
}
