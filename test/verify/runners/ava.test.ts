import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SUITE_LIMITS, type Suite } from '../../../src/domain/suite.ts'
import { runTests } from '../../../src/verify/runners/run-tests.ts'
import { plainPlace } from '../../support/plain-place.ts'
import { nodeModulesWith, pathWithThisNode } from '../../support/tools.ts'
import { sampleSuite } from '../../support/proof-samples.ts'

const nodeModules = nodeModulesWith('ava-6')

describe.skipIf(nodeModules === null)('ava 6', () => {
  it('tells assertions, thrown errors, skipped tests and files that do not load', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ava-'))
    await mkdir(join(directory, 'test'))
    await symlink(nodeModules ?? '', join(directory, 'node_modules'))
    const header = `import test from 'ava'\n`
    const files = {
      'package.json': '{"type":"module"}',
      'test/a.test.mjs': `${header}test('adds', (t) => t.is(1, 1))\ntest('fails', (t) => t.is(1, 2))\ntest('throws', () => { null.x })\ntest.skip('later', (t) => t.pass())\n`,
      'test/b.test.mjs': `${header}import './gone.mjs'\n`,
      'test/c.test.mjs': 'const = 1\n',
      'test/d.test.mjs': `${header}test('exits', () => { process.exit(0) })\n`,
    }
    for (const [path, text] of Object.entries(files)) await writeFile(join(directory, path), text)
    const place = await plainPlace(directory, { path: pathWithThisNode() })
    try {
      const names = ['a', 'b', 'c'].map((stem) => `test/${stem}.test.mjs`)
      const report = await runTests(place, SUITE, { files: names })
      expect(report.end).toEqual({ kind: 'finished', exitCode: 1 })
      const told = report.tests.map(({ name, outcome, failure }) => [
        name,
        outcome,
        failure?.kind,
        failure?.errorName,
      ])
      expect(told.toSorted(([left], [right]) => String(left).localeCompare(String(right)))).toEqual([
        ['adds', 'passed', undefined, undefined],
        ['fails', 'failed', 'assertion', 'AssertionError'],
        ['later', 'skipped', undefined, undefined],
        ['throws', 'failed', 'error', 'TypeError'],
      ])
      expect(report.loadFailures.map(({ file, failure }) => [file, failure.kind, failure.errorName])).toEqual(
        [
          ['test/b.test.mjs', 'load', 'Error'],
          ['test/c.test.mjs', 'load', 'SyntaxError'],
        ],
      )
      const ended = await runTests(place, SUITE, { files: ['test/d.test.mjs'] })
      expect(ended.end.kind).toBe('crashed')
    } finally {
      await place.close()
      await rm(directory, { recursive: true, force: true })
    }
  })
})

const SUITE: Suite = sampleSuite({
  runner: 'ava',
  fixtures: [],
  limits: { ...DEFAULT_SUITE_LIMITS, testMs: 10_000 },
})
