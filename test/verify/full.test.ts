import { describe, expect, it } from 'vitest'
import { judgeFull, quarantinedTests } from '../../src/domain/judge-full.ts'
import { judgeRed } from '../../src/domain/judge-red.ts'
import { OrchestratorError } from '../../src/errors.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createVerifier } from '../../src/verify/verifier.ts'
import type { Laboratory } from '../../src/verify/verify.ts'
import type { Files } from '../support/directory-laboratory.ts'
import { codesOf } from '../support/proof-samples.ts'
import { BASE, proving, testFile, withCounter } from '../support/sample-project.ts'
import { DRILL } from '../support/drill.ts'

type Over = NonNullable<Parameters<typeof proving>[0]>

const TESTS = {
  'test/parse.test.js': testFile({
    from: ['parse', '../src/parse.js'],
    tests: { 'AC-1 reads numbers': "assert.equal(parse('1'), 1)" },
  }),
}
const SOURCES = { 'src/parse.js': 'export const parse = (text) => Number(text)\n' }

async function codes(sources: Files, over: Over & { readonly tests?: Files } = {}): Promise<string[]> {
  const project = proving(over)
  const tests = over.tests ?? TESTS
  const red = await project.red(tests)
  const evidence = await project.full(tests, sources, red)
  return codesOf(judgeFull({ ...project, evidence }))
}

/** A test file whose test fails in the given runs of its process (1 for the first), counted in a file outside the tree. */
function flickering(name: string, failsIn: string): string {
  return [
    `import test from 'node:test'`,
    `import assert from 'node:assert/strict'`,
    `import { appendFileSync, readFileSync } from 'node:fs'`,
    `test(${JSON.stringify(name)}, () => {`,
    `  appendFileSync(process.env.COUNTER, '.')`,
    `  const run = readFileSync(process.env.COUNTER, 'utf8').length`,
    `  assert.ok(!(${failsIn}))`,
    `})`,
    '',
  ].join('\n')
}

/** A laboratory whose setup fails for one tree. */
function failingFor(laboratory: Laboratory, tree: string): Laboratory['within'] {
  return (request, use) =>
    request.tree === tree
      ? Promise.reject(new OrchestratorError('setup_failed', 'npm ci ended with exit code 1'))
      : laboratory.within(request, use)
}

describe('what was there before', () => {
  it('refuses sources that break an older test', async () => {
    const breaking = { ...SOURCES, 'src/add.js': 'export const add = (a, b) => a - b\n' }
    expect(await codes(breaking)).toEqual(['regression'])
  })

  it.each([
    ['sets the exit code', 'process.exitCode = 1'],
    ['throws behind the tests', "setTimeout(() => { throw new Error('late') }, 20)"],
  ])('refuses sources whose process %s, though every test passes', async (_, late) => {
    const add = `export const add = (a, b) => a + b\n${late}\n`
    expect(await codes({ ...SOURCES, 'src/add.js': add })).toEqual(['regression'])
  })

  it.runIf(DRILL).each([
    ['sets the exit code', 'process.exitCode = 1'],
    ['throws behind the tests', "setTimeout(() => { throw new Error('late') }, 20)"],
  ])('refuses sources whose process %s, though a test of the file failed once', async (_, late) => {
    await withCounter(async (counter) => {
      const env = { COUNTER: counter }
      const { 'package.json': manifest = '', 'src/add.js': add = '' } = BASE
      const flicker = `import '../src/add.js'\n${flickering('flickers', 'run === 2')}`
      const base = { 'package.json': manifest, 'src/add.js': add, 'test/flicker.test.js': flicker }
      const project = proving({ base, suite: { env } })
      await project.verifier.baseline(project.suite, project.laboratory.tree(base))
      const sources = { ...SOURCES, 'src/add.js': `${add}${late}\n` }
      const evidence = await project.full(TESTS, sources, await project.red(TESTS))
      expect(quarantinedTests(evidence)).toEqual([{ file: 'test/flicker.test.js', name: 'flickers' }])
      expect(codesOf(judgeFull({ ...project, evidence }))).toEqual(['regression'])
    })
  })

  it('refuses new tests that fail behind their end', async () => {
    const forgetful = TESTS['test/parse.test.js'].replace(
      "assert.equal(parse('1'), 1)",
      "{ assert.equal(parse('1'), 1); assert.rejects(async () => parse('x')) }",
    )
    expect(await codes(SOURCES, { tests: { 'test/parse.test.js': forgetful } })).toEqual(['regression'])
  })

  it('refuses sources that take an older test away', async () => {
    expect(await codes({ ...SOURCES, 'test/add.test.js': '' })).toContain('regression')
  })

  describe('of which a test says something else now', () => {
    const adds = (body: string): string => testFile({ from: ['add', '../src/add.js'], tests: { adds: body } })
    const broken = { ...SOURCES, 'src/add.js': 'export const add = (a, b) => a - b\n' }
    const task = {
      tests: ['test/parse.test.js', 'test/add.test.js'],
      locks: ['test/parse.test.js', 'test/add.test.js'],
    }
    const weak = 'assert.ok(Number.isFinite(add(1, 2)))'

    it.each([
      ['where it was', { 'test/add.test.js': adds(weak) }],
      ['in another file', { 'test/add.test.js': '', 'test/more.test.js': adds(weak) }],
      ['under another name', { 'test/add.test.js': adds(weak).replace('"adds"', '"adds numbers"') }],
    ])('refuses a test that was weakened %s, and sources that break what it held', async (_, weakened) => {
      const tests = { ...TESTS, ...weakened }
      const named = [...task.tests, 'test/more.test.js']
      expect(await codes(broken, { tests, task: { tests: named, locks: named } })).toEqual(['regression'])
    })

    it('refuses one that was replaced by a test of something else', async () => {
      const tests = { 'test/add.test.js': TESTS['test/parse.test.js'] }
      expect(await codes(broken, { tests, task })).toEqual(['regression'])
    })

    const cjs = (names: string): Files => ({
      'package.json': '{ "type": "commonjs" }\n',
      'src/add.js': `exports.${names} = (a, b) => a + b\n`,
    })
    const required = (member: string, body: string): string =>
      `const test = require('node:test')\nconst assert = require('node:assert')\nconst calc = require('../src/add.js')\nconst parse = require('../src/parse.js')\ntest(${JSON.stringify(member)}, () => ${body})\n`
    const requiredParse = required('AC-1 reads numbers', "assert.equal(parse.parse('1'), 1)").replace(
      "const calc = require('../src/add.js')\n",
      '',
    )
    const exportsParse = { 'src/parse.js': 'exports.parse = (text) => Number(text)\n' }
    const withoutParse = (text: string): string =>
      text.replace("const parse = require('../src/parse.js')\n", '')

    it('refuses one that was weakened where it takes whole modules', async () => {
      const text = (body: string): string => withoutParse(required('adds', body))
      const base = { ...cjs('add'), 'test/add.test.js': text('assert.equal(calc.add(1, 2), 3)') }
      const tests = {
        'test/parse.test.js': requiredParse,
        'test/add.test.js': text('assert.ok(Number.isFinite(calc.add(1, 2)))'),
      }
      const sources = { ...exportsParse, 'src/add.js': 'exports.add = (a, b) => a - b\n' }
      expect(await codes(sources, { base, tests, task })).toEqual(['regression'])
    })

    it.runIf(DRILL)('asks for no test of a name that the sources have no more', async () => {
      const text = (name: string): string =>
        withoutParse(required(name, `assert.equal(calc.${name}(1, 2), 3)`))
      const base = { ...cjs('add'), 'test/add.test.js': text('add') }
      const tests = { 'test/add.test.js': text('sum').replace('"sum"', '"AC-1 sums"') }
      expect(
        await codes(
          { 'src/add.js': cjs('sum')['src/add.js'] ?? '' },
          { base, tests, task: { ...task, sources: ['src/**'] } },
        ),
      ).toEqual([])
    })

    it.runIf(DRILL)('refuses one that was dropped where a hook makes what it tests', async () => {
      const queue = (size: string): string => `export class Queue { size() { return ${size} } }\n`
      const hooks = `import test, { beforeEach } from 'node:test'
import assert from 'node:assert/strict'
import { Queue } from '../src/queue.js'
let queue
beforeEach(() => { queue = new Queue() })
`
      const base = {
        ...BASE,
        'src/queue.js': queue('0'),
        'test/queue.test.js': `${hooks}test('is empty', () => assert.equal(queue.size(), 0))\n`,
      }
      const named = ['test/queue.test.js', 'test/parse.test.js']
      const tests = { 'test/queue.test.js': TESTS['test/parse.test.js'] }
      const sources = { ...SOURCES, 'src/queue.js': queue('1') }
      expect(await codes(sources, { base, tests, task: { tests: named, locks: named } })).toEqual([
        'regression',
      ])
    })

    it('lets a bound be raised by a test that takes nothing from the tree, beside a proof', async () => {
      const size = (most: number): string => `import test from 'node:test'
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
test('is small', () => assert.ok(statSync('src/add.js').size <= ${most}))
`
      const base = { ...BASE, 'test/size.test.js': size(60) }
      const named = ['test/size.test.js', 'test/parse.test.js']
      const sources = { ...SOURCES, 'src/add.js': `${BASE['src/add.js']}// ${'longer '.repeat(10)}\n` }
      const over = { base, task: { tests: named, locks: named } }
      expect(await codes(sources, { ...over, tests: { ...TESTS, 'test/size.test.js': size(600) } })).toEqual(
        [],
      )
    })

    it.each([
      ['written anew', adds('assert.equal(add(1, 2), -1)').replace('"adds"', '"subtracts"')],
      ['kept as well as it was', adds('assert.equal(1 + 2, add(1, 2))')],
    ])('lets an expectation be %s', async (_, text) => {
      const sources = text.includes('-1') ? broken : SOURCES
      expect(await codes(sources, { tests: { ...TESTS, 'test/add.test.js': text }, task })).toEqual([])
    })
  })

  it.runIf(DRILL)(
    'refuses to drop tests of a file that was judged as a whole, beyond those that are new',
    async () => {
      const old = testFile({
        from: ['add', '../src/add.js'],
        tests: { adds: 'assert.equal(add(1, 2), 3)', 'adds more': 'assert.equal(add(2, 2), 4)' },
      })
      // The stub is used while the file loads, so that RED cannot tell which of its tests are gone.
      const whole = TESTS['test/parse.test.js'].replace('test(', "const one = parse('1')\ntest(")
      const { 'package.json': manifest = '', 'src/add.js': add = '' } = BASE
      const base = { 'package.json': manifest, 'src/add.js': add, 'test/parse.test.js': old }
      const breaking = { ...SOURCES, 'src/add.js': 'export const add = () => 0\n' }
      const tests = { 'test/parse.test.js': whole }
      const project = proving({ base })
      expect(codesOf(judgeRed({ ...project, evidence: await project.red(tests) }))).toEqual([])
      expect(await codes(breaking, { base, tests })).toEqual(['regression'])
      const two = { 'test/parse.test.js': `${whole}test('reads zero', () => assert.equal(parse('0'), 0))\n` }
      expect(await codes(SOURCES, { base, tests: two })).toEqual([])
    },
  )

  it('does not count what failed at the base', async () => {
    const red = testFile({ from: ['add', '../src/add.js'], tests: { adds: 'assert.equal(add(1, 2), 4)' } })
    expect(await codes(SOURCES, { base: { ...BASE, 'test/add.test.js': red } })).toEqual([])
  })

  it('does not count what flickers at the base', async () => {
    await withCounter(async (counter) => {
      const env = { COUNTER: counter }
      const base = { ...BASE, 'test/flicker.test.js': flickering('flickers', 'run % 2 === 1') }
      expect(await codes(SOURCES, { base, suite: { env } })).toEqual([])
    })
  })

  it('sets aside a test that failed once and holds when it runs alone', async () => {
    await withCounter(async (counter) => {
      const env = { COUNTER: counter }
      const flicker = { 'test/flicker.test.js': flickering('flickers', 'run === 2') }
      const project = proving({ base: { ...BASE, ...flicker }, suite: { env } })
      await project.verifier.baseline(project.suite, project.laboratory.tree({ ...BASE, ...flicker }))
      const red = await project.red(TESTS)
      const evidence = await project.full(TESTS, SOURCES, red)
      expect(codesOf(judgeFull({ ...project, evidence }))).toEqual([])
      expect(quarantinedTests(evidence)).toEqual([{ file: 'test/flicker.test.js', name: 'flickers' }])
    })
  })

  it('tells nothing about regressions where the base cannot be run, and says so', async () => {
    const project = proving()
    const red = await project.red(TESTS)
    const { laboratory, suite, task } = project
    const broken = { ...laboratory, within: failingFor(laboratory, laboratory.tree(BASE)) }
    const evidence = await createVerifier({ laboratory: broken, clock: systemClock }).full({
      suite,
      task,
      baseTree: laboratory.tree(BASE),
      testsTree: laboratory.tree({ ...BASE, ...TESTS }),
      tree: laboratory.tree({ ...BASE, ...TESTS, ...SOURCES, 'src/add.js': 'export const add = () => 0\n' }),
      frozen: red.touched,
      otherSuites: [],
      changes: [],
    })
    expect(evidence.baseEnd).toEqual({ kind: 'unavailable', reason: 'npm ci ended with exit code 1' })
    expect(codesOf(judgeFull({ task, suite, evidence }))).toEqual([])
  })
})

describe('proof tests', () => {
  it('are refused when they do not say the same three times', async () => {
    await withCounter(async (counter) => {
      const env = { COUNTER: counter }
      const tests = {
        'test/parse.test.js': flickering('AC-1 reads numbers', "parse('1') !== 1 || run === 3").replace(
          'import test',
          "import { parse } from '../src/parse.js'\nimport test",
        ),
      }
      expect(await codes(SOURCES, { tests, suite: { env } })).toEqual(['flaky'])
    })
  })

  it('are refused when they pass on a target where the sources are not needed', async () => {
    const project = proving()
    const red = await project.red(TESTS)
    const { laboratory, suite, task } = project
    const moved = { ...BASE, ...SOURCES }
    const evidence = await project.verifier.full({
      suite,
      task,
      baseTree: laboratory.tree(moved),
      tree: laboratory.tree({ ...moved, ...TESTS, 'src/more.js': 'export const more = 1\n' }),
      testsTree: laboratory.tree({ ...moved, ...TESTS }),
      frozen: red.touched,
      otherSuites: [],
      changes: [{ path: 'src/more.js', change: 'added', pathClass: 'source' }],
    })
    expect(codesOf(judgeFull({ task, suite, evidence }))).toEqual(['removal_not_detected'])
  })

  it('are refused at RED already when a fixture does the work of the sources', async () => {
    const tests = {
      'test/fixtures/parse.js': SOURCES['src/parse.js'],
      'test/parse.test.js': testFile({
        from: ['parse', './fixtures/parse.js'],
        tests: { 'AC-1 reads': "assert.equal(parse('1'), 1)" },
      }),
    }
    const project = proving()
    expect(codesOf(judgeRed({ ...project, evidence: await project.red(tests) }))).toContain(
      'unexpected_green',
    )
  })
})

describe('checks and commands', () => {
  const lint = (word: string): readonly string[] => [
    'node',
    '-e',
    `const fs = require('node:fs'); let bad = 0; for (const f of fs.readdirSync('src')) if (fs.readFileSync('src/' + f, 'utf8').includes('${word}')) { console.log('src/' + f + ':1:1 uses ${word}'); bad = 1 } process.exit(bad)`,
  ]

  it('refuse a finding that is new, and ignore one that was there', async () => {
    expect(await codes(SOURCES, { suite: { checks: { lint: lint('Number') } } })).toEqual(['check_failed'])
    expect(await codes(SOURCES, { suite: { checks: { lint: lint('add') } } })).toEqual([])
  })

  it('refuse a check that failed before and now aborts without a word', async () => {
    const aborts = `if (require('node:fs').existsSync('src/parse.js')) process.exit(2); console.log('src/add.js: unused'); process.exit(1)`
    const project = proving({ suite: { checks: { lint: ['node', '-e', aborts] } } })
    const evidence = await project.full(TESTS, SOURCES, await project.red(TESTS))
    expect(judgeFull({ ...project, evidence })).toMatchObject({
      refusals: [
        {
          code: 'check_failed',
          fact: expect.stringContaining('it ends with exit code 2 (1 on the base)') as string,
        },
      ],
    })
  })

  it.runIf(DRILL)('refuse findings beyond the lines that are compared', async () => {
    const many = `const n = require('node:fs').readdirSync('src').length; for (let i = 0; i < 2000 + n; i += 1) console.log('src/add.js: unused'); process.exitCode = 1`
    expect(await codes(SOURCES, { suite: { checks: { lint: ['node', '-e', many] } } })).toEqual([
      'check_failed',
    ])
  })

  it('note a check that cannot be started anywhere, and refuse nothing', async () => {
    expect(await codes(SOURCES, { suite: { checks: { lint: ['no-such-linter'] } } })).toEqual([])
  })

  it('refuse when a command of the task fails', async () => {
    expect(
      await codes(SOURCES, { task: { verify: [{ command: ['node', '-e', 'process.exit(3)'] }] } }),
    ).toEqual(['verify_command_failed'])
    expect(await codes(SOURCES, { task: { verify: [{ command: ['node', '-e', ''] }] } })).toEqual([])
  })
})

describe('evidence that is known', () => {
  it("is not measured again: the tree that landed is the next base, and GREEN's run is VERIFY's", async () => {
    const project = proving({ repeats: 3 })
    const red = await project.red(TESTS)
    await project.verifier.baseline(project.suite, project.laboratory.tree(BASE))
    await project.green(TESTS, SOURCES, red)
    const testRuns = (): number =>
      project.laboratory.commands.filter((command) => command.includes('--test ')).length
    const before = testRuns()
    await project.full(TESTS, SOURCES, red)
    const wholeSuiteAndTwoRepeats = 3
    expect(testRuns() - before).toBe(wholeSuiteAndTwoRepeats)
    const after = testRuns()
    await project.verifier.baseline(project.suite, project.laboratory.tree({ ...BASE, ...TESTS, ...SOURCES }))
    expect(testRuns()).toBe(after)
  })
})

describe('tasks without tests of their own', () => {
  it('may land when everything of the base still holds', async () => {
    const task = { kind: 'maintenance', criteria: [], tests: [], locks: [] } as const
    const moved = {
      'src/add.js': "export { add } from './sum.js'\n",
      'src/sum.js': 'export const add = (a, b) => a + b\n',
    }
    expect(await codes(moved, { task, tests: {} })).toEqual([])
    expect(await codes({ 'src/add.js': 'export const add = () => 0\n' }, { task, tests: {} })).toEqual([
      'regression',
    ])
  })

  it('may not lose or gain an export that they do not list', async () => {
    const task = { kind: 'maintenance', criteria: [], tests: [], locks: [] } as const
    const sources = { 'src/add.js': `${BASE['src/add.js'] ?? ''}export const sum = add\n` }
    expect(await codes(sources, { task, tests: {} })).toEqual(['code_quality'])
    expect(await codes(sources, { task: { ...task, exports: ['sum'] }, tests: {} })).toEqual([])
  })
})

describe('a repository of several suites', () => {
  it('refuses sources that break a test of another suite', async () => {
    const project = proving()
    const { laboratory, suite, task } = project
    const other = { ...suite, name: 'other', cwd: 'other', sources: [] }
    const uses = testFile({
      from: ['add', '../../src/add.js'],
      tests: { uses: 'assert.equal(add(1, 2), 3)' },
    })
    const before = { ...BASE, 'other/test/uses.test.js': uses }
    const red = await project.red(TESTS)
    const evidence = await project.verifier.full({
      suite: { ...suite, tests: ['test/parse.test.js'] },
      otherSuites: [other],
      task,
      baseTree: laboratory.tree(before),
      testsTree: laboratory.tree({ ...before, ...TESTS }),
      tree: laboratory.tree({
        ...before,
        ...TESTS,
        ...SOURCES,
        'src/add.js': 'export const add = () => 0\n',
      }),
      frozen: red.touched,
      changes: [],
    })
    expect(codesOf(judgeFull({ task, suite, evidence }))).toEqual(['regression'])
    expect(evidence.regressions.map(({ test }) => test.file)).toEqual(['other/test/uses.test.js'])
  })
})
