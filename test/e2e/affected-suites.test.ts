import { describe, expect, it } from 'vitest'
import { check } from '../../src/engine/check.ts'
import { type Engine, openBench } from '../../src/engine/open.ts'
import { prove } from '../../src/engine/prove.ts'
import type { RunReport } from '../../src/protocol/output/run-report.ts'
import { type EngineSample, engineSample, ONCE } from '../support/engine-sample.ts'
import { eventWhere } from '../support/played-tasks.ts'
import { DRILL } from '../support/drill.ts'

const WORSE = 'export const add = (x, y) => x - y\n'
const MUL = 'export const mul = (x, y) => x * y\n'
const MUL_TEST = testOf('mul', 'AC-1 multiplies', 'mul(2, 3), 6')
const SUM_TEST = 'packages/b/test/sum.test.js'

/** `b` uses the sources of `a`; nothing uses `c`, and it uses nothing. */
const FILES = {
  'package.json': '{ "name": "root", "type": "module", "private": true }\n',
  'packages/a/package.json': manifest('a'),
  'packages/a/src/add.js': 'export const add = (x, y) => x + y\n',
  'packages/a/test/add.test.js': testOf('add', 'adds nothing', 'add(0, 0), 0'),
  'packages/b/package.json': manifest('b'),
  'packages/b/src/sum.js': sumWith('../../a/src/add.js'),
  [SUM_TEST]: testOf('sum', 'sums', 'sum([1, 2, 3]), 6'),
  'packages/c/package.json': manifest('c'),
  'packages/c/src/c.js': 'export const c = () => 1\n',
  'packages/c/test/c.test.js': testOf('c', 'is one', 'c(), 1'),
}

describe('a task that makes a test of another package fail', () => {
  it('is refused where that package imports its sources by a relative path, and lands once it is repaired', async () => {
    const { report, sample } = await played(FILES, { suites: ['a', 'b'].map((name) => suite(name)) })
    expect(report.refusals).toMatchObject([{ stage: 'verify', code: 'regression' }])
    expect(report.refusals[0]?.fact).toContain(SUM_TEST)
    expect(report.state).toBe('completed')
    expect(sample.repo.git('show', `${report.target}:packages/a/src/add.js`)).toContain('x + y')
  })

  it.runIf(DRILL)('is refused where that package depends on its own by name', async () => {
    const files = {
      ...FILES,
      'packages/b/package.json': manifest('b', { a: '*' }),
      'packages/b/src/sum.js': sumWith('a/src/add.js'),
    }
    const link = `const fs = require('node:fs'); fs.mkdirSync('node_modules'); fs.symlinkSync('../../a', 'node_modules/a')`
    const { report } = await played(files, {
      suites: [suite('a'), suite('b', { setup: [['node', '-e', link]] })],
    })
    expect(report.refusals).toMatchObject([{ stage: 'verify', code: 'regression' }])
    expect(report.refusals[0]?.fact).toContain(SUM_TEST)
    expect(report.state).toBe('completed')
  })

  it.runIf(DRILL)(
    'is given back by the landing where that package came to use its own meanwhile',
    async () => {
      const alone = 'export const sum = (list) => list.reduce((one, other) => one + other, 0)\n'
      const { report } = await played(
        { ...FILES, 'packages/b/src/sum.js': alone },
        {
          suites: [suite('a'), suite('b')],
          meanwhile: async ({ repo }, engine) => {
            await eventWhere(
              engine,
              ({ kind, data }) => kind === 'attempt_accepted' && data['stage'] === 'red',
            )
            const commit = repo.commit({ 'packages/b/src/sum.js': FILES['packages/b/src/sum.js'] })
            repo.git('update-ref', 'refs/heads/tdd/packages', commit)
          },
        },
      )
      expect(report.refusals).toMatchObject([{ stage: 'landing', code: 'regression' }])
      expect(report.refusals[0]?.fact).toContain(SUM_TEST)
      expect(report.state).toBe('completed')
    },
  )

  it.runIf(DRILL)(
    'is told by prove where it landed all the same, because nobody had named that suite',
    async () => {
      const { report, sample } = await played(FILES, { suites: [suite('a')] })
      expect(report).toMatchObject({ state: 'completed', refusals: [] })
      sample.repo.write({ '.tdd/config.toml': ['a', 'b'].map(configured).join('') })
      await using bench = await benchOf(sample)
      const proven = await prove(bench, {
        range: String(report.target),
        trustEvidence: false,
        signal: new AbortController().signal,
        onLanding: () => undefined,
      })
      expect(proven).toMatchObject({ proven: 0, broken: [{ code: 'regression' }] })
      expect(proven.broken[0]?.fact).toContain(SUM_TEST)
    },
  )

  it('is refused by check', async () => {
    const sample = engineSample({ ...FILES, '.tdd/config.toml': ['a', 'b', 'c'].map(configured).join('') })
    sample.repo.commit({
      'packages/a/src/add.js': WORSE,
      'packages/a/src/mul.js': MUL,
      'packages/a/test/mul.test.js': MUL_TEST,
    })
    await using bench = await benchOf(sample)
    const report = await check(bench, {
      range: 'HEAD',
      signal: new AbortController().signal,
      onSuite: () => undefined,
    })
    expect(report.refusals.map(({ code }) => code)).toEqual(['regression'])
    expect(report.refusals[0]?.fact).toContain(SUM_TEST)
  })
})

describe('a suite that a task cannot affect', () => {
  it('is not run', async () => {
    // It would fail with the change, by a use that no text shows.
    const watching = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
const [top] = process.cwd().split('/packages/')
test('is alone', () => assert.equal(existsSync(\`\${top}/packages/a/src/mul.js\`), false))
`
    const files = { ...FILES, 'packages/c/test/c.test.js': watching }
    const { report } = await played(files, { suites: ['a', 'b', 'c'].map((name) => suite(name)) })
    expect(report).toMatchObject({ state: 'completed', refusals: [{ code: 'regression' }] })
    expect(report.refusals[0]?.fact).toContain(SUM_TEST)
  })
})

/** A task in `a` whose first GREEN breaks what `b` uses; its FIX repairs that. */
async function played(
  files: Readonly<Record<string, string>>,
  options: {
    readonly suites: readonly unknown[]
    /** What people do while the task is worked. */
    readonly meanwhile?: (sample: EngineSample, engine: Engine) => Promise<void>
  },
): Promise<{ report: RunReport; sample: EngineSample }> {
  const sample = engineSample(files)
  await using engine = await sample.open()
  const [add, mul, test] = ['src/add.js', 'src/mul.js', 'test/mul.test.js'].map(
    (path) => `packages/a/${path}`,
  )
  const criteria = [{ id: 'AC-1', text: 'multiplies' }]
  const task = { key: 'MUL', title: 'Mul', suite: 'a', criteria, tests: [test], sources: [add, mul] }
  await sample.ingest(engine, {
    version: 1,
    title: 'Packages',
    project: { suites: options.suites },
    tasks: [task],
  })
  const session = {
    red: [[{ write: { [String(test)]: MUL_TEST } }]],
    red_fix: [],
    green: [[{ write: { [String(mul)]: MUL, [String(add)]: WORSE } }]],
    fix: [[{ write: { [String(add)]: FILES['packages/a/src/add.js'] } }]],
  }
  const [report] = await Promise.all([
    sample.run(engine, { version: 1, tasks: { MUL: session } }),
    options.meanwhile?.(sample, engine),
  ])
  return { report, sample }
}

function benchOf(sample: EngineSample): ReturnType<typeof openBench> {
  return openBench({ directory: sample.repo.root, env: sample.env, flags: ONCE })
}

function suite(name: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  const cwd = `packages/${name}`
  return { name, runner: 'node', cwd, tests: ['test/**'], sources: ['src/**'], setup: [], ...more }
}

function configured(name: string): string {
  return `[[suites]]\nname = "${name}"\nrunner = "node"\ncwd = "packages/${name}"\ntests = ["test/**"]\nsources = ["src/**"]\nsetup = []\n`
}

function manifest(name: string, dependencies: Readonly<Record<string, string>> = {}): string {
  return `${JSON.stringify({ name, version: '1.0.0', type: 'module', dependencies })}\n`
}

function sumWith(module: string): string {
  return `import { add } from '${module}'\nexport const sum = (list) => list.reduce((one, other) => add(one, other), 0)\n`
}

function testOf(name: string, title: string, equal: string): string {
  return `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { ${name} } from '../src/${name}.js'
test('${title}', () => assert.equal(${equal}))
`
}
