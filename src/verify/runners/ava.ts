import type { LoadFailure, TestFailure, TestResult } from '../../domain/evidence.ts'
import { toFailure } from './failure.ts'
import { locatePackage } from './locate.ts'
import type { Outcome, Reading, Runner, TreeRoots } from './runner.ts'
import { parseTap, type TapPoint } from './tap-parse.ts'
import { inTree, javascriptTestFiles } from './tree-files.ts'

/** The project's own ava, once a file: its TAP names files only by parts of their paths. */
export const avaRunner: Runner = {
  name: 'ava',
  program: ['ava'],
  locate: (place, suite) => locatePackage(place, suite, { name: 'ava' }),
  discover: javascriptTestFiles,
  separately: () => true,
  argv: ({ program, suite, files }) => [
    ...program,
    '--tap',
    `--timeout=${suite.limits.testMs}ms`,
    ...suite.args,
    ...(files ?? []),
  ],
  env: () => ({}),
  read: (outcome) => Promise.resolve(readAva(outcome)),
}

/** ava writes what happened to the file itself as points that its plan does not count. */
function readAva({ result, call, suite, tree }: Outcome): Reading {
  const { points, flaw } = parseTap(result.stdout)
  const file = inTree(suite, call.files?.[0] ?? '.')
  const tests: TestResult[] = []
  const loads: LoadFailure[] = []
  for (const point of points) {
    if (isAboutFile(point)) loads.push({ file, failure: { ...failureOf(point, tree), kind: 'load' } })
    else tests.push(testOf(point, file, tree))
  }
  const loadFailures = loads.slice(0, 1).map((load) => (tests.length === 0 ? load : asError(load)))
  return { tests, loadFailures, flaw: loads.length > 0 && result.stdout.includes('\n1..') ? null : flaw }
}

function isAboutFile(point: TapPoint): boolean {
  if (point.ok || point.directive !== null) return false
  if (/^No tests found in |exited (?:with a non-zero exit code|due to)/.test(point.name)) return true
  return (
    /^\w*(?:Error|Exception)(?: \[\w+\])?: /.test(point.name) &&
    point.diagnostics['name'] !== 'AssertionError'
  )
}

function asError(load: LoadFailure): LoadFailure {
  return { ...load, failure: { ...load.failure, kind: 'error' } }
}

function testOf(point: TapPoint, file: string, tree: TreeRoots): TestResult {
  const outcome = point.directive !== null ? 'skipped' : point.ok ? 'passed' : 'failed'
  const name = point.name.replaceAll(' › ', ' > ')
  const failure = outcome === 'failed' ? failureOf(point, tree) : null
  return { file, name, outcome, durationMs: null, failure }
}

/** ava calls every failure an AssertionError; the details tell a thrown error from an assertion. */
function failureOf({ name, diagnostics }: TapPoint, tree: TreeRoots): TestFailure {
  const details = Object.entries(Object(diagnostics['details']) as Record<string, unknown>)
  const thrown = details.find(([label]) => /thrown|rejected/i.test(label))?.[1]
  const text = typeof thrown === 'string' ? thrown : null
  const said = [diagnostics['message'], ...details.flat()].filter(
    (part) => typeof part === 'string' && part !== '',
  )
  const inner =
    text === null ? null : /message: '((?:[^'\\]|\\.)*)'/.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1')
  const at = typeof diagnostics['at'] === 'string' ? diagnostics['at'] : ''
  const stack = at
    .split('\n')
    .map((line) => `    at ${line.trim()}`)
    .join('\n')
  const errorName = text === null ? stringOf(diagnostics['name']) : (/^([\w$]+)/.exec(text)?.[1] ?? null)
  const message = inner ?? (said.length === 0 ? name : said.join('\n'))
  const kind = diagnostics['name'] === 'AssertionError' && text === null ? 'assertion' : undefined
  return toFailure({ name: errorName, code: null, message, stack, kind }, tree)
}

function stringOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
