import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestReport } from '../../../src/domain/evidence.ts'
import { DEFAULT_SUITE_LIMITS, type Suite } from '../../../src/domain/suite.ts'
import { runnerCommand, runTests } from '../../../src/verify/runners/run-tests.ts'
import { plainPlace } from '../../support/plain-place.ts'
import { pathWithThisNode } from '../../support/tools.ts'
import { sampleSuite } from '../../support/proof-samples.ts'

const PASSING = `import test from 'node:test'\ntest('works', () => {})\n`
const FAILING = `import test from 'node:test'\ntest('breaks', () => { throw new Error('no') })\n`

describe('running tests', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'run-tests-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  async function run(
    suite: Partial<Suite>,
    { files = null, path = pathWithThisNode() }: { files?: readonly string[] | null; path?: string } = {},
  ): Promise<TestReport> {
    const place = await plainPlace(directory, { path })
    try {
      return await runTests(place, { ...SUITE, ...suite }, { files })
    } finally {
      await place.close()
    }
  }
  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
  }

  it('runs all test files of the suite, and names them relative to the repository', async () => {
    await write({
      'packages/a/test/one.test.mjs': PASSING,
      'packages/a/test/support.mjs': 'throw new Error()',
    })
    const report = await run({ cwd: 'packages/a' })
    expect(report.tests.map((test) => test.file)).toEqual(['packages/a/test/one.test.mjs'])
    expect(report.end).toEqual({ kind: 'finished', exitCode: 0 })
  })

  it('runs all of them although fixtures lie around them, and none that lies within fixtures', async () => {
    await write({
      'test/a.test.mjs': PASSING,
      'test/deep/b.test.mjs': FAILING,
      'test/fixtures/c.test.mjs': FAILING,
    })
    const around = await run({ tests: ['test/*.test.mjs'], fixtures: ['test/**'] })
    expect(around.tests.map((test) => test.file)).toEqual(['test/a.test.mjs'])
    const within = await run({ fixtures: ['test/deep/**', 'test/fixtures/**'] })
    expect(within.tests.map((test) => test.file)).toEqual(['test/a.test.mjs'])
  })

  it('runs files whose names are patterns to Node', async () => {
    await write({ 'test/[id].test.mjs': PASSING, 'test/i.test.mjs': FAILING })
    const report = await run({}, { files: ['test/[id].test.mjs'] })
    expect(report.tests.map((test) => test.file)).toEqual(['test/[id].test.mjs'])
  })

  it('finishes with nothing when there is no test file', async () => {
    expect(await run({})).toMatchObject({ tests: [], end: { kind: 'finished', exitCode: 0 } })
  })

  it('keeps what was reported when the whole run is over its time', async () => {
    const loop = `import test from 'node:test'\ntest('loops', () => { for (;;); })\n`
    await write({ 'test/a.test.mjs': PASSING, 'test/b.test.mjs': loop })
    const report = await run({ limits: { ...DEFAULT_SUITE_LIMITS, runMs: 2_500 } })
    expect(report.end).toEqual({ kind: 'timeout', limitMs: 2_500 })
    expect(report.tests.map((test) => test.name)).toEqual(['works'])
  })

  it('builds first, and says which command failed', async () => {
    await write({ 'test/a.test.mjs': PASSING })
    const report = await run({
      build: [
        ['node', '--version'],
        ['node', '-e', 'console.log("broken"); process.exit(3)'],
      ],
    })
    expect(report.end).toMatchObject({ kind: 'build_failed', command: ['node', '-e', expect.any(String)] })
    expect(report.output).toContain('broken')
  })

  it.each(['v18.18.2', 'v20.9.0'])('says of Node %s that it cannot run the tests', async (version) => {
    await write({ 'bin/node': `#!/bin/sh\necho ${version}\n` })
    await chmod(join(directory, 'bin/node'), 0o755)
    const { end } = await run({}, { path: `${join(directory, 'bin')}:/usr/bin:/bin` })
    expect(end).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining(version) })
  })

  it('says what is not there', async () => {
    expect((await run({}, { path: '/nowhere' })).end).toMatchObject({ kind: 'unavailable' })
    expect((await run({ runner: 'vitest' })).end).toMatchObject({ kind: 'unavailable' })
    expect((await run({ runner: 'cargo' })).end).toMatchObject({ kind: 'unavailable' })
  })

  it('leaves nothing in the reports directory or the tree', async () => {
    await write({ 'test/a.test.mjs': PASSING })
    const place = await plainPlace(directory, { path: pathWithThisNode() })
    await runTests(place, SUITE, { files: null })
    const { readdir } = await import('node:fs/promises')
    expect(await readdir(place.reports)).toEqual([])
    expect(await readdir(directory)).toEqual(['test'])
    await place.close()
  })

  it('crashes when the exit code does not fit the report', async () => {
    await write({ 'test/a.test.mjs': FAILING, 'test/b.test.mjs': PASSING, 'run.mjs': WRAPPER })
    const lying = await run({ command: ['node', 'run.mjs', '0'] }, { files: ['test/a.test.mjs'] })
    const grim = await run({ command: ['node', 'run.mjs', '9'] }, { files: ['test/b.test.mjs'] })
    expect(lying.end).toMatchObject({ kind: 'crashed', exitCode: 0 })
    expect(grim.end).toMatchObject({ kind: 'crashed', exitCode: 9 })
  })

  it('reads the TAP of a command, a file at a time where it takes files', async () => {
    const tap = (name: string): string =>
      `console.log('1..1\\nnot ok 1 - ${name}\\n  ---\\n  operator: equal\\n  ...'); process.exitCode = 1`
    await write({ 'test/a.test.mjs': tap('a'), 'test/b.test.mjs': tap('b') })
    const report = await run({ runner: 'tap', command: ['node', '{files}'] })
    expect(report.tests.map(({ file, name, failure }) => [file, name, failure?.kind])).toEqual([
      ['test/a.test.mjs', 'a', 'assertion'],
      ['test/b.test.mjs', 'b', 'assertion'],
    ])
    expect(report.end).toEqual({ kind: 'finished', exitCode: 1 })
  })

  it('takes the assertions of node-tap for the test around them, and reads no time for a name', async () => {
    const lines = [
      'TAP version 14',
      '# Subtest: outer',
      '    ok 1 - should be equal',
      '    # Subtest: inner',
      '        not ok 1 - should be equivalent',
      '          ---',
      '          source: t.notOk(true)',
      '          ...',
      '        1..1',
      '    not ok 2 - inner # time=1.2ms',
      '    1..2',
      'not ok 1 - outer # time=3ms',
      'ok 2 - later # SKIP # time=0.1ms',
      '# Subtest: throws',
      '    not ok 1 - null is not an object',
      '      ---',
      '      type: TypeError',
      '      tapCaught: testFunctionThrow',
      '      source: null.x',
      '      ...',
      '    1..1',
      'not ok 3 - throws # time=1ms',
      '# Subtest: waits',
      '    not ok 1 - test unfinished',
      '      ---',
      '      timeout: 50',
      '      source: t.test()',
      '      ...',
      '    1..1',
      'not ok 4 - waits # time=50ms',
      '1..4',
    ]
    await write({
      'test/a.test.mjs': `console.log(${JSON.stringify(lines.join('\n'))}); process.exitCode = 1`,
    })
    const report = await run({ runner: 'tap', command: ['node', '{files}'] })
    expect(report.tests.map(({ name, outcome, failure }) => [name, outcome, failure?.kind])).toEqual([
      ['outer > inner', 'failed', 'assertion'],
      ['outer', 'passed', undefined],
      ['later', 'skipped', undefined],
      ['throws', 'failed', 'error'],
      ['waits', 'failed', 'timeout'],
    ])
  })

  it('takes a file for not loaded where an exception ends its TAP', async () => {
    const text = `console.log('TAP version 13\\n# adds\\nok 1 yes'); undefined.x`
    await write({ 'test/a.test.mjs': text })
    const report = await run({ runner: 'tap', command: ['node', '{files}'] })
    expect(report.loadFailures).toMatchObject([
      { file: 'test/a.test.mjs', failure: { errorName: 'TypeError', frames: [{ file: 'test/a.test.mjs' }] } },
    ])
    expect(report).toMatchObject({ tests: [], end: { kind: 'finished', exitCode: 1 } })
  })

  it('crashes where the TAP ends before its plan', async () => {
    await write({ 'test/a.test.mjs': `console.log('1..2\\nok 1 - a')` })
    const report = await run({ runner: 'tap', command: ['node', '{files}'] })
    expect(report.end).toMatchObject({ kind: 'crashed' })
  })

  it('reads the JUnit XML of a command, and filters it to the files that were asked for', async () => {
    await write({ 'test/a.test.mjs': '', 'test/b.test.mjs': '', 'write.mjs': JUNIT_WRITER })
    const report = await run(
      { runner: 'junit', command: ['node', 'write.mjs', '{report}'] },
      { files: ['test/b.test.mjs'] },
    )
    expect(report.tests.map(({ file, name }) => [file, name])).toEqual([['test/b.test.mjs', 'b']])
    expect(report.end).toEqual({ kind: 'finished', exitCode: 0 })
  })

  it('takes no old JUnit report for a new one', async () => {
    await write({ 'report.xml': '<testsuite><testcase name="old"/></testsuite>' })
    const report = await run({ runner: 'junit', command: ['node', '--version'], report: 'report.xml' })
    expect(report.tests).toEqual([])
    expect(report.end).toMatchObject({ kind: 'crashed' })
  })

  it('says what a command said last that wrote no report', async () => {
    await write({
      'fail.mjs': "console.log('start')\nconsole.error('first')\nconsole.error('no such module')\n",
    })
    const report = await run({ runner: 'junit', command: ['node', 'fail.mjs', '{report}'] })
    expect(report.end).toMatchObject({
      reason: expect.stringContaining('It said last: no such module') as string,
    })
  })

  it('records a command without paths of the machine', () => {
    for (const runner of ['node', 'vitest', 'jest', 'mocha', 'ava', 'pytest'] as const) {
      const command = runnerCommand({ ...SUITE, runner, cwd: 'packages/a' }, ['packages/a/test/x.test.js'])
      expect(command.join(' ')).toContain('test/x.test.js')
      expect(command.filter((word) => /^(?:--\w[\w-]*=)?\//.test(word))).toEqual([])
    }
  })
})

const WRAPPER = `import { spawnSync } from 'node:child_process'
const [code, ...args] = process.argv.slice(2)
spawnSync(process.execPath, ['--test', ...args], { stdio: 'inherit' })
process.exit(Number(code))
`

const JUNIT_WRITER = `import { writeFileSync } from 'node:fs'
const test = (name) => \`<testcase file="test/\${name}.test.mjs" name="\${name}"/>\`
writeFileSync(process.argv[2], \`<testsuite>\${test('a')}\${test('b')}</testsuite>\`)
`

const SUITE: Suite = sampleSuite({ fixtures: [] })
