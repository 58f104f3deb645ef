import { describe, expect, it } from 'vitest'
import type { TestReport } from '../../src/domain/evidence.ts'
import { OrchestratorError } from '../../src/errors.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createMeasure, runTrusted } from '../../src/verify/measure.ts'
import { createVerifier } from '../../src/verify/verifier.ts'
import type { Laboratory } from '../../src/verify/verify.ts'
import { openDirectoryLaboratory } from '../support/directory-laboratory.ts'
import { sampleSuite, testReport } from '../support/proof-samples.ts'
import { BASE, proving, testFile } from '../support/sample-project.ts'

const FAILING = testFile({ from: ['add', '../src/add.js'], tests: { adds: 'assert.equal(add(1, 2), 4)' } })

describe('the measured base', () => {
  it('says what passes, what fails and what its checks find', async () => {
    const project = proving({
      suite: { checks: { lint: ['node', '-e', "console.log('bad'); process.exit(1)"] } },
    })
    const tree = project.laboratory.tree({ ...BASE, 'test/more.test.js': FAILING })
    const baseline = await project.verifier.baseline(project.suite, tree)
    expect(baseline.report.tests.map(({ file, outcome }) => [file, outcome])).toEqual([
      ['test/add.test.js', 'passed'],
      ['test/more.test.js', 'failed'],
    ])
    expect(baseline.flaky).toEqual([])
    expect(baseline.checks).toMatchObject([{ name: 'lint', ok: false, exitCode: 1, findings: ['bad'] }])
  })

  it('is measured once per tree, and once by two who ask at the same time', async () => {
    const { laboratory, verifier, suite } = proving()
    const tree = laboratory.tree(BASE)
    await Promise.all([verifier.baseline(suite, tree), verifier.baseline(suite, tree)])
    const runs = laboratory.commands.length
    await createVerifier({ laboratory, clock: systemClock }).baseline(suite, tree)
    expect(laboratory.commands.length).toBe(runs)
    await verifier.baseline({ ...suite, env: { OTHER: '1' } }, tree)
    expect(laboratory.commands.length).toBeGreaterThan(runs)
  })

  it('says that the setup of the suite fails, and throws what is not the machine', async () => {
    const { laboratory, suite } = proving()
    const tree = laboratory.tree(BASE)
    const failing = (cause: Error): Laboratory => ({ ...laboratory, within: () => Promise.reject(cause) })
    const setup = new OrchestratorError('setup_failed', 'npm ci ended with exit code 1')
    const verifier = createVerifier({ laboratory: failing(setup), clock: systemClock })
    expect((await verifier.baseline(suite, tree)).report.end).toEqual({
      kind: 'unavailable',
      reason: setup.message,
    })
    const broken = createVerifier({ laboratory: failing(new Error('disk full')), clock: systemClock })
    await expect(broken.baseline(suite, tree)).rejects.toThrow('disk full')
  })
})

describe('a suite that is asked whether it is ready', () => {
  it('is ready where its runner is there, also where its tests fail, and none of them is run', async () => {
    const { laboratory, verifier, suite } = proving()
    await verifier.ready(suite, laboratory.tree({ ...BASE, 'test/more.test.js': FAILING }))
    expect(laboratory.commands).toEqual(['node --version'])
  })

  it.each([
    ['a package that nobody installed', { runner: 'vitest' }, /vitest is not installed/],
    ['a program that is nowhere', { command: ['no-such-runner'] }, /no-such-runner cannot be started/],
  ] as const)('is not where its runner is %s', async (_, over, says) => {
    const { laboratory, verifier, suite } = proving({ suite: over })
    await expect(verifier.ready(suite, laboratory.tree(BASE))).rejects.toMatchObject({
      code: 'toolchain_missing',
      message: expect.stringMatching(says) as string,
    })
  })

  it('may have a program that its build makes', async () => {
    const { laboratory, verifier, suite } = proving({
      suite: { command: ['./made'], build: [['node', '--version']] },
    })
    await verifier.ready(suite, laboratory.tree(BASE))
    expect(laboratory.commands).toEqual([])
  })
})

describe('a run that went wrong', () => {
  const ends = (...reports: TestReport[]): (() => Promise<TestReport>) => {
    const queue = [...reports]
    return () => Promise.resolve(queue.shift() ?? testReport([]))
  }
  const suite = sampleSuite()

  it('counts as timed out only after it timed out again with nothing beside it', async () => {
    const laboratory = openDirectoryLaboratory()
    const tree = laboratory.tree({})
    const timeout = testReport([], { end: { kind: 'timeout', limitMs: 5 } })
    expect((await runTrusted(laboratory, { suite, tree }, ends(timeout))).end.kind).toBe('finished')
    expect(laboratory.exclusiveUses()).toBe(1)
    expect((await runTrusted(laboratory, { suite, tree }, ends(timeout, timeout))).end.kind).toBe('timeout')
  })

  it('counts as crashed only when it crashes twice', async () => {
    const laboratory = openDirectoryLaboratory()
    const tree = laboratory.tree({})
    const crash = testReport([], { end: { kind: 'crashed', exitCode: 1, reason: 'gone' } })
    expect((await runTrusted(laboratory, { suite, tree }, ends(crash))).end.kind).toBe('finished')
    expect((await runTrusted(laboratory, { suite, tree }, ends(crash, crash))).end.kind).toBe('crashed')
    expect(laboratory.exclusiveUses()).toBe(0)
  })

  it('is not kept', async () => {
    const laboratory = openDirectoryLaboratory()
    const measure = createMeasure(laboratory)
    const make = ends(
      testReport([], { end: { kind: 'crashed', exitCode: 1, reason: 'gone' } }),
      testReport([]),
    )
    const keepable = (report: TestReport): boolean => report.end.kind === 'finished'
    expect((await measure.remember('key', make, keepable)).end.kind).toBe('crashed')
    expect((await measure.remember('key', make, keepable)).end.kind).toBe('finished')
  })
})
