import { describe, expect, it } from 'vitest'
import type { PathChange } from '../../src/domain/evidence.ts'
import { judgeRed } from '../../src/domain/judge-red.ts'
import type { Files } from '../support/directory-laboratory.ts'
import { codesOf } from '../support/proof-samples.ts'
import { BASE, proving, testFile } from '../support/sample-project.ts'

type Over = NonNullable<Parameters<typeof proving>[0]>

async function codes(
  tests: Files,
  over: Over & { readonly claims?: Readonly<Record<string, readonly string[]>> } = {},
): Promise<string[]> {
  const project = proving(over)
  const evidence = await project.red(tests, over.claims)
  return codesOf(judgeRed({ task: project.task, suite: project.suite, evidence }))
}

function parseTests(tests: Readonly<Record<string, string>>): Files {
  return { 'test/parse.test.js': testFile({ from: ['parse', '../src/parse.js'], tests }) }
}

function addTests(tests: Readonly<Record<string, string>>): Files {
  return { 'test/add.test.js': testFile({ from: ['add', '../src/add.js'], tests }) }
}

const ADD_TASK = {
  tests: ['test/add.test.js'],
  sources: ['src/add.js'],
  locks: ['test/add.test.js', 'src/add.js'],
}
const OLD = { adds: 'assert.equal(add(1, 2), 3)' }

describe('tests of new behaviour', () => {
  it('are accepted when an existing source lacks the behaviour', async () => {
    expect(
      await codes(addTests({ ...OLD, 'AC-1 adds texts': "assert.equal(add('1', '2'), 3)" }), {
        task: ADD_TASK,
      }),
    ).toEqual([])
  })

  it('are accepted when an existing source lacks the name, and the tests beside them go on', async () => {
    const project = proving({ task: ADD_TASK })
    const evidence = await project.red({
      'test/add.test.js': testFile({
        from: ['add, addAll', '../src/add.js'],
        tests: { ...OLD, 'AC-1 adds all': 'assert.equal(addAll([1, 2]), 3)' },
      }),
    })
    expect(codesOf(judgeRed({ ...project, evidence }))).toEqual([])
    expect(evidence.stubs).toEqual([{ path: 'src/add.js', names: ['addAll'], kind: 'appended_exports' }])
    expect(evidence.untouched).toEqual([
      { test: { file: 'test/add.test.js', name: 'adds' }, before: 'passed', now: 'passed' },
    ])
  })

  it('are refused when they pass already', async () => {
    expect(
      await codes(addTests({ ...OLD, 'AC-1 adds more': 'assert.equal(add(2, 2), 4)' }), { task: ADD_TASK }),
    ).toEqual(['unexpected_green', 'criterion_uncovered'])
  })

  it('are refused for a syntax error', async () => {
    expect(
      await codes({ 'test/parse.test.js': "import test from 'node:test'\ntest('AC-1 x', () => {" }),
    ).toEqual(['syntax_error'])
  })

  it('are refused for a module that is not of the task', async () => {
    const tests = {
      'test/parse.test.js': testFile({
        from: ['pad', 'left-pad-that-is-not-installed'],
        tests: { 'AC-1 x': 'pad()' },
      }),
    }
    expect(await codes(tests)).toEqual(['load_failure'])
  })

  it('are refused when nothing that the sources could return would fail them', async () => {
    expect(await codes(parseTests({ 'AC-1 x': 'try { parse() } catch { return }' }))).toContain('weak_test')
  })

  it('are accepted beside a new test of what exists already', async () => {
    const tests = {
      'test/parse.test.js': `import { add } from '../src/add.js'\n${
        parseTests({
          'AC-1 x': 'assert.equal(parse(1), 1)',
          'adds still': 'assert.equal(add(1, 2), 3)',
        })['test/parse.test.js'] ?? ''
      }`,
    }
    expect(await codes(tests)).toEqual([])
  })

  it('are refused when they throw before they reach the sources', async () => {
    expect(await codes(parseTests({ 'AC-1 x': 'JSON.parse("{"); assert.equal(parse(1), 1)' }))).toEqual([
      'no_target_test_failure',
    ])
  })

  it('are refused when there are none', async () => {
    expect(await codes({ 'test/parse.test.js': 'export {}\n' })).toEqual(['no_tests_found'])
  })

  it('are refused when one of them hangs, which is shown with nothing else running', async () => {
    const project = proving({ suite: { limits: { testMs: 300, runMs: 20_000, outputBytes: 100_000 } } })
    const tests = parseTests({
      'AC-1 x': 'await new Promise((resolve) => setTimeout(resolve, 60_000)); parse()',
    })
    const evidence = await project.red(tests)
    expect(codesOf(judgeRed({ ...project, evidence }))).toEqual(['timeout'])
    expect(project.laboratory.exclusiveUses()).toBeGreaterThan(0)
  })
})

describe('criteria of tests', () => {
  const body = 'assert.equal(parse(1), 1)'

  it('are claimed by name or by the mapping of the agent', async () => {
    expect(await codes(parseTests({ reads: body }))).toEqual(['criterion_uncovered'])
    expect(await codes(parseTests({ reads: body }), { claims: { 'AC-1': ['reads'] } })).toEqual([])
  })

  it('are not claimed for a test that nobody wrote', async () => {
    const project = proving()
    const evidence = await project.red(parseTests({ reads: body }), { 'AC-1': ['imagined'] })
    expect(evidence.rejectedClaims).toEqual([{ criterion: 'AC-1', test: 'imagined' }])
    expect(codesOf(judgeRed({ ...project, evidence }))).toEqual(['criterion_uncovered'])
  })
})

describe('what was there before', () => {
  const fails = { 'AC-1 adds texts': "assert.equal(add('1', '2'), 3)" }

  it('refuses tests that break one of their neighbours by a helper that the task does not name', async () => {
    const base = {
      ...BASE,
      'test/support/two.js': 'export const two = () => 2\n',
      'test/two.test.js': testFile({
        from: ['two', './support/two.js'],
        tests: { two: 'assert.equal(two(), 2)' },
      }),
    }
    const task = { ...ADD_TASK, tests: ['test/add.test.js', 'test/support/**'] }
    const tests = { ...addTests({ ...OLD, ...fails }), 'test/support/two.js': 'export const two = () => 3\n' }
    expect(await codes(tests, { base, task })).toEqual(['regression'])
    const named = { ...task, locks: [...ADD_TASK.locks, 'test/support/**'] }
    expect(await codes(tests, { base, task: named })).toEqual([])
  })

  const withShared = (one: string, two: string): Files => ({
    'test/add.test.js': `const SUM = ${one}\n${
      addTests({ adds: 'assert.equal(add(1, 2), +SUM)', 'adds more': `assert.equal(add(2, 2), ${two})` })[
        'test/add.test.js'
      ] ?? ''
    }`,
  })

  it('counts a test of the task as touched that fails by what was changed beside it', async () => {
    const over = { base: { ...BASE, ...withShared('3', '4') }, task: { ...ADD_TASK, criteria: [] } }
    const project = proving(over)
    const evidence = await project.red(withShared('4', '4'))
    expect(codesOf(judgeRed({ ...project, evidence }))).toEqual([])
    expect(evidence.touched).toMatchObject([
      { name: 'adds', standing: { kind: 'fails', reason: 'assertion' } },
    ])
    expect(evidence.untouched).toMatchObject([{ test: { name: 'adds more' }, now: 'passed' }])
  })

  it('refuses tests that break a neighbour by anything but an expectation', async () => {
    const over = { base: { ...BASE, ...withShared('3', '4') }, task: { ...ADD_TASK, criteria: [] } }
    expect(await codes(withShared('{ valueOf: () => JSON.parse("{") }', '5'), over)).toEqual(['regression'])
  })

  it('does not count what failed before', async () => {
    const broken = { ...OLD, broken: 'assert.equal(add(1, 1), 3)' }
    expect(
      await codes(addTests({ ...broken, ...fails }), {
        base: { ...BASE, ...addTests(broken) },
        task: ADD_TASK,
      }),
    ).toEqual([])
  })

  it('refuses tests that drop an older one', async () => {
    const both = { ...OLD, older: 'assert.equal(add(1, 1), 2)' }
    expect(await codes(addTests(fails), { base: { ...BASE, ...addTests(both) }, task: ADD_TASK })).toEqual([
      'regression',
    ])
  })

  it('refuses changes outside the tests', async () => {
    const tests = {
      ...parseTests({ 'AC-1 x': 'assert.equal(parse(1), 1)' }),
      'src/add.js': 'export const add = () => 3\n',
    }
    expect(await codes(tests)).toEqual(['wrong_files'])
  })
})

describe('tests of behaviour that exists', () => {
  const task = { kind: 'verify_only', exports: ['add'], ...ADD_TASK } as const

  it('are accepted when they notice that the exports are gone', async () => {
    expect(
      await codes(addTests({ ...OLD, 'AC-1 adds more': 'assert.equal(add(2, 2), 4)' }), { task }),
    ).toEqual([])
  })

  it('are refused when they do not notice it, or fail at once', async () => {
    expect(await codes(addTests({ ...OLD, 'AC-1 is there': 'assert.ok(true)' }), { task })).toContain(
      'removal_not_detected',
    )
    expect(
      await codes(addTests({ ...OLD, 'AC-1 adds more': 'assert.equal(add(2, 2), 5)' }), { task }),
    ).toEqual(['tests_failed'])
  })

  it('are refused when nothing is declared to take away', async () => {
    const tests = addTests({ ...OLD, 'AC-1 adds more': 'assert.equal(add(2, 2), 4)' })
    expect(await codes(tests, { task: { ...task, exports: [] } })).toContain('removal_not_detected')
  })
})

describe('a machine without the runner', () => {
  it('is told as the machine is, not as a refusal', async () => {
    const { verifier, laboratory, task, suite } = proving()
    const tree = laboratory.tree(parseTests({ x: 'parse()' }))
    const changes: PathChange[] = [{ path: 'test/parse.test.js', change: 'added', pathClass: 'test' }]
    const request = {
      suite: { ...suite, command: ['no-such-runner'] },
      task,
      baseTree: laboratory.tree({}),
      redTree: tree,
      changes,
      claims: {},
    }
    await expect(verifier.red(request)).rejects.toMatchObject({ code: 'toolchain_missing' })
  })
})
