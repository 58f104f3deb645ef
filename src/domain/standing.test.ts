import { describe, expect, it } from 'vitest'
import type { TestFailure, TestReport } from './evidence.ts'
import { classifyFailure, type FailureContext, needSecondRun, standings } from './standing.ts'

const FOREIGN = new Set(['assert', 'expect', 'fs', 'Math'])

const context: FailureContext = {
  stubMark: 'TDD_STUB',
  classOf: (path) =>
    path.startsWith('src/')
      ? 'source'
      : /^tests?\//.test(path)
        ? 'test'
        : path === 'vitest.config.ts'
          ? 'frozen'
          : null,
  lacks: (name) => name !== 'present',
  startsSource: (command) => command.includes('src/own'),
  isOwnModule: (module) => module.includes('src/own') || module === 'pkg.own',
  isForeign: (name) => FOREIGN.has(name),
  usesSources: (_, line) => line === 7,
  complains: (file, line) => file === 'test/a.test.js' && line === 8,
  usesStub: (test) => !test.name.startsWith('old'),
}

function failure(message: string, rest: Partial<TestFailure> = {}): TestFailure {
  return { kind: 'error', errorName: null, message, frames: [{ file: 'test/a.test.js', line: 3 }], ...rest }
}

function judged(
  message: string,
  rest: Partial<TestFailure> & { file?: string; perFile?: boolean } = {},
): string {
  const { file = 'test/a.test.js', perFile = false, ...more } = rest
  const standing = classifyFailure({ file, failure: failure(message, more), perFile }, context)
  return standing.kind === 'fails' || standing.kind === 'wrong'
    ? `${standing.kind} ${standing.reason}`
    : standing.kind
}

describe('a failure is right', () => {
  it.each([
    ['2 !== 3', 'fails assertion', { kind: 'assertion' as const }],
    ['TDD_STUB: parse does not exist yet (called)', 'fails stub', {}],
    [
      'Got unwanted exception.\nActual message: "TDD_STUB: x does not exist yet"',
      'fails stub',
      { kind: 'assertion' as const },
    ],
    [
      "Cannot find module 'src/own.js' imported from test/a.test.js",
      'fails missing_name',
      { kind: 'load' as const },
    ],
    [
      'Failed to resolve import "../src/own" from "test/a.test.ts". Does the file exist?',
      'fails missing_name',
      { kind: 'load' as const },
    ],
    [
      "The requested module '../src/x.js' does not provide an export named 'parse'",
      'fails missing_name',
      { kind: 'load' as const, errorName: 'SyntaxError' },
    ],
    ['parser.parse is not a function', 'fails missing_name', {}],
    ['(0 , _x.parse) is not a function', 'fails missing_name', {}],
    ['(intermediate value).parse is not a function', 'fails missing_name', {}],
    ['Parser is not a constructor', 'fails missing_name', {}],
    ['parse is not defined', 'fails missing_name', { errorName: 'ReferenceError' }],
    [
      'it should have ended',
      'fails assertion',
      { errorName: 'Error', frames: [{ file: 'test/a.test.js', line: 8 }] },
    ],
    ['x.present is not a function', 'fails missing_name', { frames: [{ file: 'test/a.test.js', line: 7 }] }],
    [
      "Cannot read properties of undefined (reading 'length')",
      'fails missing_name',
      { frames: [{ file: 'test/a.test.js', line: 7 }] },
    ],
    [
      'boom',
      'fails source_exception',
      {
        frames: [
          { file: '/usr/lib/x.js', line: 1 },
          { file: 'src/a.js', line: 1 },
          { file: 'test/a.test.js', line: 1 },
        ],
      },
    ],
    ["ENOENT: no such file or directory, open 'src/own.json'", 'fails missing_name', {}],
    [
      "ENOENT: no such file or directory, open '/tmp/in.txt'",
      'fails source_exception',
      { frames: [{ file: 'src/a.js', line: 1 }] },
    ],
    [
      "src/x.ts(1,2): error TS2305: Module './own' has no exported member 'parse'.",
      'fails missing_name',
      { kind: 'load' as const },
    ],
  ])('%s: %s', (message, expected, rest) => {
    expect(judged(message, rest)).toBe(expected)
  })

  it.each([
    ["ModuleNotFoundError: No module named 'pkg.own'", 'fails missing_name', {}],
    ["ImportError: cannot import name 'parse' from 'pkg.own'", 'fails missing_name', {}],
    ["AttributeError: 'Parser' object has no attribute 'parse'", 'fails missing_name', {}],
    ["AttributeError: module 'pkg' has no attribute 'parse'", 'fails missing_name', {}],
    ["TypeError: parse() got an unexpected keyword argument 'strict'", 'fails missing_name', {}],
    ["NameError: name 'parse' is not defined", 'fails missing_name', {}],
    [
      'TypeError: parse() takes 1 positional argument but 2 were given',
      'fails missing_name',
      { frames: [{ file: 'tests/test_a.py', line: 7 }] },
    ],
    ["'total'", 'fails missing_name', { errorName: 'KeyError' }],
    ['boom', 'fails source_exception', { frames: [{ file: 'src/a.py', line: 1 }] }],
  ])('in Python: %s', (message, expected, rest) => {
    expect(
      judged(message, { file: 'tests/test_a.py', frames: [{ file: 'tests/test_a.py', line: 3 }], ...rest }),
    ).toBe(expected)
  })

  it.each([
    ["a bytes-like object is required, not 'str'", 'TypeError', 'fails source_value'],
    ['not enough values to unpack (expected 3, got 2)', 'ValueError', 'fails source_value'],
    ['list index out of range', 'IndexError', 'fails source_value'],
    ['Invalid array length', 'RangeError', 'fails source_value'],
    ['no such file', 'FileNotFoundError', 'wrong test_exception'],
    ['boom', 'RuntimeError', 'wrong test_exception'],
    ['boom', null, 'wrong test_exception'],
  ])('where a line takes a value of the sources for another: %s', (message, errorName, expected) => {
    const at = (line: number | null): string =>
      judged(message, { file: 'tests/test_a.py', errorName, frames: [{ file: 'tests/test_a.py', line }] })
    expect(at(7)).toBe(expected)
    expect([at(3), at(null)]).toEqual(['wrong test_exception', 'wrong test_exception'])
    expect(judged(message, { errorName, kind: 'load', frames: [{ file: 'tests/test_a.py', line: 7 }] })).toBe(
      'wrong test_exception',
    )
  })

  it.each([
    ['./a_test.go:5:7: undefined: Parse', 'a_test.go'],
    ['error[E0425]: cannot find function `parse` in this scope', 'tests/a.rs'],
  ])('where a compiler misses it: %s', (message, file) => {
    expect(judged(message, { file, kind: 'load', perFile: true })).toBe('fails missing_name')
  })
})

describe('a failure is wrong', () => {
  it.each([
    ['Unexpected token }', 'wrong syntax', { kind: 'load' as const, errorName: 'SyntaxError' }],
    ["Cannot find module 'left-pad'", 'wrong foreign_module', { kind: 'load' as const }],
    ["Cannot find module '../src/typo.js'", 'wrong foreign_module', {}],
    ['test timed out after 5000ms', 'wrong timeout', { kind: 'timeout' as const }],
    ['TDD_STUB but late', 'wrong timeout', { kind: 'timeout' as const }],
    ['boom', 'wrong test_exception', {}],
    ['boom', 'wrong test_exception', { errorName: 'Error' }],
    [
      'boom',
      'wrong test_exception',
      { errorName: 'TypeError', frames: [{ file: 'test/a.test.js', line: 8 }] },
    ],
    [
      'boom',
      'wrong test_exception',
      {
        errorName: 'Error',
        frames: [
          { file: 'test/help.js', line: 8 },
          { file: 'test/a.test.js', line: 8 },
        ],
      },
    ],
    ['assert.equals is not a function', 'wrong test_exception', {}],
    ['expect(...).toBeFoo is not a function', 'wrong test_exception', {}],
    ['fs is not defined', 'wrong test_exception', { errorName: 'ReferenceError' }],
    ['x.present is not a function', 'wrong test_exception', {}],
    ["Cannot read properties of undefined (reading 'length')", 'wrong test_exception', {}],
    ['boom', 'wrong test_exception', { frames: [{ file: 'vitest.config.ts', line: 1 }] }],
    ['"x" is not valid JSON', 'wrong test_exception', { errorName: 'SyntaxError' }],
    ["ENOENT: no such file or directory, open '/tmp/out.txt'", 'wrong test_exception', {}],
    [
      "ENOENT: no such file or directory, open '/tmp/out.txt'",
      'wrong test_exception',
      { frames: [{ file: 'test/a.test.js', line: 7 }], errorName: 'Error' },
    ],
  ])('%s: %s', (message, expected, rest) => {
    expect(judged(message, rest)).toBe(expected)
  })

  it.each([
    ["No module named 'requests'", 'wrong foreign_module', {}],
    ["fixture 'client' not found", 'wrong test_exception', {}],
    ['invalid syntax', 'wrong syntax', { kind: 'load' as const, errorName: 'SyntaxError' }],
    ['unexpected indent', 'wrong syntax', { kind: 'load' as const, errorName: 'IndentationError' }],
  ])('in Python: %s', (message, expected, rest) => {
    expect(judged(message, { file: 'tests/test_a.py', frames: [], ...rest })).toBe(expected)
  })
})

const FILE = 'test/a.test.js'

function report(
  tests: Record<string, 'passed' | 'skipped' | TestFailure>,
  rest: Partial<TestReport> = {},
): TestReport {
  return {
    tests: Object.entries(tests).map(([name, result]) => ({
      file: FILE,
      name,
      outcome: typeof result === 'string' ? result : 'failed',
      durationMs: 1,
      failure: typeof result === 'string' ? null : result,
    })),
    loadFailures: [],
    end: { kind: 'finished', exitCode: 1 },
    durationMs: 1,
    output: '',
    ...rest,
  }
}

function stand(throwing: TestReport, silent: TestReport | null, names: readonly string[]): string[] {
  const touched = names.map((name) => ({ file: FILE, name }))
  return standings({ touched, throwing, silent, context }).map((one) =>
    one.kind === 'fails'
      ? `fails ${one.reason}${one.perFile ? ' per file' : ''}`
      : 'reason' in one
        ? `${one.kind} ${one.reason}`
        : one.kind,
  )
}

const ASSERTION = failure('1 !== 2', { kind: 'assertion' })
const TIMEOUT = failure('timed out', { kind: 'timeout' })

describe('a test that passes', () => {
  it('is a characterisation where no stub is in use', () => {
    expect(stand(report({ a: 'passed' }), null, ['a'])).toEqual(['characterisation'])
  })

  it('against the throwing stub is right when an assertion fails against the undefined one, and weak otherwise', () => {
    const throwing = report({ a: 'passed', b: 'passed', c: 'passed', 'old d': 'passed' })
    const silent = report({ a: ASSERTION, b: 'passed', c: failure('boom'), 'old d': 'passed' })
    expect(stand(throwing, silent, ['a', 'b', 'c', 'old d'])).toEqual([
      'fails assertion',
      'weak',
      'weak',
      'characterisation',
    ])
  })
})

describe('a time-out against a stub', () => {
  it('decides nothing: the other stub may prove the test, and it is neither wrong nor weak; against both it is wrong', () => {
    const throwing = report({ a: TIMEOUT, b: TIMEOUT, c: 'passed', d: TIMEOUT, 'old e': TIMEOUT })
    const touched = ['a', 'b', 'c', 'd', 'old e'].map((name) => ({ file: FILE, name }))
    expect(needSecondRun(touched, throwing)).toEqual(touched)
    const silent = report({ a: ASSERTION, b: 'passed', c: TIMEOUT, d: TIMEOUT, 'old e': 'passed' })
    expect(stand(throwing, silent, ['a', 'b', 'c', 'd', 'old e'])).toEqual([
      'fails assertion',
      'characterisation',
      'characterisation',
      'wrong timeout',
      'wrong timeout',
    ])
  })

  it('is wrong where no stub is in use', () => {
    expect(stand(report({ a: TIMEOUT }), null, ['a'])).toEqual(['wrong timeout'])
  })
})

describe('a file that could not be loaded', () => {
  it('is judged as one test', () => {
    const load = { file: FILE, failure: failure('TDD_STUB: x does not exist yet', { kind: 'load' }) }
    expect(stand(report({}, { loadFailures: [load] }), null, ['a', 'b'])).toEqual([
      'fails stub per file',
      'fails stub per file',
    ])
  })

  it('takes its reason from a failed build, and none from a crashed run', () => {
    const build = {
      kind: 'build_failed' as const,
      command: ['tsc'],
      output: "error TS2307: Cannot find module 'src/own'",
    }
    expect(stand(report({}, { end: build }), null, ['a'])).toEqual(['fails missing_name per file'])
    expect(stand(report({}, { end: { kind: 'crashed', exitCode: 1, reason: 'x' } }), null, ['a'])).toEqual([
      'wrong runner',
    ])
    expect(stand(report({}, { end: { kind: 'timeout', limitMs: 1 } }), null, ['a'])).toEqual([
      'wrong timeout',
    ])
    expect(stand(report({ b: 'skipped' }), null, ['a', 'b'])).toEqual(['not_run missing', 'not_run skipped'])
  })
})

describe('a test that only reports failed subtests', () => {
  it('stands where its subtests stand', () => {
    const parent = failure('1 subtest failed')
    expect(stand(report({ a: parent, 'a > b': ASSERTION }), null, ['a'])).toEqual(['fails assertion'])
    expect(
      stand(report({ a: failure('2 subtests failed'), 'a > b': ASSERTION, 'a > c': failure('boom') }), null, [
        'a',
      ]),
    ).toEqual(['wrong test_exception'])
  })
})
