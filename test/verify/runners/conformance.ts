import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestReport, TestResult } from '../../../src/domain/evidence.ts'
import { DEFAULT_SUITE_LIMITS, type Suite } from '../../../src/domain/suite.ts'
import { withCanaries } from '../../../src/verify/runners/canary.ts'
import { runTests } from '../../../src/verify/runners/run-tests.ts'
import { plainPlace } from '../../support/plain-place.ts'
import type { Dialect, Shape } from './dialect.ts'
import { sampleSuite } from '../../support/proof-samples.ts'

export interface RunnerUnderTest {
  readonly title: string
  readonly dialect: Dialect
  readonly path: string
  /** Linked into the project. */
  readonly nodeModules: string | null
  /** Shapes that end the whole run of this runner, so that they run alone. */
  readonly alone: readonly Shape[]
  /** Shapes that mean nothing to this runner. */
  readonly without?: readonly Shape[]
}

const UNICODE = 'über uns (1)'
const TOGETHER: readonly Shape[] = [
  'passing',
  'failing',
  'oddFailures',
  'sourceThrows',
  'testThrows',
  'syntax',
  'missingModule',
  'missingExport',
  'skipped',
  'nested',
  'hanging',
  'hangsAfterFailure',
  'duplicates',
  'forged',
  'flooding',
  'beforeFails',
  'afterFails',
]

/** What every runner owes: the same shapes of test files, read as the same facts. */
export function runnerConformance(runner: RunnerUnderTest): void {
  const { dialect } = runner
  const alone = new Set<Shape>([...runner.alone, ...(runner.without ?? [])])
  const late = (['lateThrow', 'lateRejection'] as const).filter((shape) => !alone.has(shape))
  const of = (shape: Shape): string => dialect.file(shape.toLowerCase())
  const snapshots = dialect.file('snapshots')

  describe(runner.title, () => {
    let directory = ''
    let report: TestReport

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'runner-'))
      if (runner.nodeModules !== null) await symlink(runner.nodeModules, join(directory, 'node_modules'))
      await write(directory, dialect.project)
      for (const [shape, text] of Object.entries(dialect.shapes)) {
        await write(directory, { [of(shape as Shape)]: text })
      }
      await write(directory, {
        [dialect.file(UNICODE)]: dialect.shapes.passing,
        [dialect.file('importing')]: dialect.importing(of('nested')),
        [snapshots]: dialect.snapshots ?? '',
      })
      const together = TOGETHER.filter((shape) => !alone.has(shape)).map((shape) => of(shape))
      const more = dialect.snapshots === undefined ? [] : [snapshots]
      report = await run([...together, dialect.file(UNICODE), ...more])
    })
    afterAll(() => rm(directory, { recursive: true, force: true }))

    async function run(files: readonly string[] | null): Promise<TestReport> {
      const place = await plainPlace(directory, { path: runner.path })
      try {
        return await runTests(place, suiteOf(dialect), { files })
      } finally {
        await place.close()
      }
    }
    async function reportOf(shape: Shape): Promise<TestReport> {
      return alone.has(shape) ? await run([of(shape)]) : report
    }
    const testsOf = (from: TestReport, file: string): readonly TestResult[] =>
      from.tests.filter((test) => test.file === file)
    const one = async (shape: Shape): Promise<TestResult | undefined> =>
      testsOf(await reportOf(shape), of(shape))[0]

    it('ends with a report that can be believed', () => {
      expect(report.end.kind === 'finished' && report.end.exitCode > 0).toBe(true)
    })

    it('reports a passing test by its file and name', async () => {
      expect(await one('passing')).toMatchObject({ file: of('passing'), outcome: 'passed', failure: null })
    })

    it('tells a failed assertion, with the innermost frame first', async () => {
      const test = await one('failing')
      expect(test?.failure?.kind).toBe('assertion')
      expect(test?.failure?.frames[0]?.file).toBe(of('failing'))
      expect(test?.failure?.message).not.toContain(directory)
    })

    it('tells failures of values that cannot be handed over or written', async () => {
      const tests = testsOf(await reportOf('oddFailures'), of('oddFailures'))
      expect(tests.map((test) => test.failure?.kind)).toEqual(['assertion', 'error'])
      expect(tests[0]?.failure?.message).toMatch(/\b3\b/)
      expect(tests[0]?.failure?.frames[0]?.file).toBe(of('oddFailures'))
    })

    it.skipIf(dialect.snapshots === undefined)(
      'tells a snapshot that differs or is not there as a failed assertion',
      () => {
        const tests = testsOf(report, snapshots)
        const written = dialect.snapshots?.match(/^test\(/gm) ?? []
        expect(tests).toHaveLength(written.length)
        expect(tests.filter((test) => test.failure?.kind !== 'assertion').map((test) => test.name)).toEqual(
          [],
        )
      },
    )

    it('tells an exception that starts in a source from one that starts in the test', async () => {
      const inSource = await one('sourceThrows')
      const inTest = await one('testThrows')
      expect(inSource?.failure).toMatchObject({ kind: 'error' })
      expect(inSource?.failure?.frames[0]?.file).toBe(`src/lib${dialect.extension}`)
      expect(inTest?.failure).toMatchObject({ kind: 'error' })
      expect(inTest?.failure?.frames[0]?.file).toBe(of('testThrows'))
    })

    it('reports a file with a syntax error as not loaded', async () => {
      const load = (await reportOf('syntax')).loadFailures.find((one) => one.file === of('syntax'))
      expect(load?.failure.kind).toBe('load')
      expect(`${load?.failure.errorName} ${load?.failure.message}`).toMatch(/Syntax|Parse|Transform/i)
    })

    it('reports a file that needs a missing module as not loaded, naming the module', async () => {
      const load = (await reportOf('missingModule')).loadFailures.find(
        (one) => one.file === of('missingModule'),
      )
      expect(load?.failure.kind).toBe('load')
      expect(load?.failure.message).toMatch(/gone/)
    })

    it('fails a file that needs a missing name, naming it', async () => {
      const from = await reportOf('missingExport')
      const load = from.loadFailures.find((one) => one.file === of('missingExport'))?.failure
      const test = testsOf(from, of('missingExport'))[0]?.failure
      expect((load ?? test)?.message).toMatch(/gone/)
    })

    it('counts skipped and planned tests as skipped', async () => {
      const tests = testsOf(await reportOf('skipped'), of('skipped'))
      expect(tests.map((test) => test.outcome)).toEqual(['skipped', 'skipped'])
    })

    it('joins the names of groups and test', async () => {
      const test = await one('nested')
      expect(test?.name.split(' > ')).toHaveLength(3)
    })

    it('ends a test that hangs and calls it a time-out', async () => {
      expect((await one('hanging'))?.failure?.kind).toBe('timeout')
    })

    it('ends a test that hangs behind one that failed', async () => {
      const tests = testsOf(await reportOf('hangsAfterFailure'), of('hangsAfterFailure'))
      expect(tests.map((test) => test.failure?.kind)).toEqual(['assertion', 'timeout'])
    })

    it('tells that the process of a file was killed, also behind a test that failed', async () => {
      const killed = await run([of('killedAfterFailure')])
      const broken = killed.end.kind !== 'finished' || killed.loadFailures.length > 0
      expect(broken || killed.tests.some((test) => test.outcome === 'failed' && /dies/.test(test.name))).toBe(
        true,
      )
    })

    it('gives tests of the same name names of their own', async () => {
      const tests = testsOf(await reportOf('duplicates'), of('duplicates'))
      expect(tests.map((test) => test.name)).toEqual(dialect.duplicated)
    })

    it('believes no report that a test prints', async () => {
      const tests = testsOf(await reportOf('forged'), of('forged'))
      expect(tests.map((test) => test.outcome)).toEqual(['failed'])
    })

    it('takes a flood of output', async () => {
      const from = await reportOf('flooding')
      expect(testsOf(from, of('flooding')).map((test) => test.outcome)).toEqual(['passed'])
      expect(from.output.length).toBeLessThan(20_000)
    })

    it('runs files with spaces and Unicode in their names', () => {
      expect(testsOf(report, dialect.file(UNICODE)).map((test) => test.outcome)).toEqual(['passed'])
    })

    it('counts the tests of an imported test file for the file that imports it', async () => {
      const imported = await run([dialect.file('importing')])
      expect(testsOf(imported, dialect.file('importing')).map((test) => test.outcome)).toEqual([
        'passed',
        'passed',
      ])
    })

    it('fails a test whose setup hook fails', async () => {
      const tests = testsOf(await reportOf('beforeFails'), of('beforeFails'))
      expect(tests.map((test) => test.outcome)).toEqual(['failed'])
      expect(tests[0]?.failure?.message).toContain('hook')
    })

    it('reports a teardown hook that fails', async () => {
      const from = await reportOf('afterFails')
      const failed = testsOf(from, of('afterFails')).filter((test) => test.outcome === 'failed')
      const loads = from.loadFailures.filter((load) => load.file === of('afterFails'))
      expect([...failed, ...loads].map((one) => one.failure?.message).join('\n')).toContain('hook')
    })

    it('finds no proof in a file that ends its process', async () => {
      for (const shape of ['exitInTest', 'exitInModule'] as const) {
        const ended = await run([of(shape)])
        const broken = ended.end.kind !== 'finished' || ended.loadFailures.length > 0
        expect(broken || ended.tests.some((test) => test.outcome === 'failed')).toBe(true)
        expect(ended.tests.some((test) => test.outcome === 'passed' && /exits|never/.test(test.name))).toBe(
          false,
        )
      }
    })

    it('finds no test in a file without tests', async () => {
      expect((await run([of('noTests')])).tests).toEqual([])
    })

    it.skipIf(late.length === 0)('reports what is thrown when its test has ended already', async () => {
      for (const shape of late) {
        const from = await run([of(shape)])
        const failures = [...from.loadFailures, ...from.tests.filter((test) => test.outcome === 'failed')]
        expect(from.end.kind !== 'finished' || failures.length > 0, shape).toBe(true)
      }
    })

    it('reports each injected false assertion as a failed test of its name', async () => {
      let state = 0.4
      const random = (): number => {
        state = (state * 16_807 + 0.137) % 1
        return state
      }
      const file = dialect.file('canary')
      const made = withCanaries({ suite: suiteOf(dialect), file, text: dialect.shapes.passing, random })
      await write(directory, { [file]: made?.text ?? '' })
      const { tests } = await run([file])
      const failed = tests.filter((test) => test.failure?.kind === 'assertion').map((test) => test.name)
      expect(failed).toEqual(made?.canaries.map((canary) => canary.fullName))
      expect(failed.length).toBeGreaterThan(0)
      expect(tests).toHaveLength(failed.length + 1)
    })
  })
}

async function write(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const target = join(directory, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text)
  }
}

function suiteOf(dialect: Dialect): Suite {
  return sampleSuite({
    runner: dialect.runner,
    fixtures: [],
    limits: { ...DEFAULT_SUITE_LIMITS, testMs: 1_500, runMs: 60_000 },
  })
}
