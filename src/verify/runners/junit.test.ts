import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { sampleSuite } from '../../../test/support/proof-samples.ts'
import type { Place, PlaceResult } from '../verify.ts'
import { junitRunner } from './junit.ts'
import type { Call } from './runner.ts'

const directory = mkdtempSync(join(tmpdir(), 'tdd-junit-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const tree = join(directory, 'tree')
const outside = join(directory, 'outside')
for (const each of [join(tree, 'inside'), outside]) {
  mkdirSync(each, { recursive: true })
  writeFileSync(join(each, 'report.xml'), '<testsuite><testcase name="planted"/></testsuite>')
}
symlinkSync(outside, join(tree, 'out'))

const ENDED: PlaceResult = { end: { kind: 'exited', code: 0 }, stdout: '', stderr: '', durationMs: 0 }
const ROOTS = { directories: [tree], cwd: '.' }

it.each([
  ['out/report.xml', outside, [], true],
  ['inside/report.xml', join(tree, 'inside'), ['planted'], false],
])(
  'reads and removes a report in the tree and none outside of it: %s',
  async (report, folder, read, stays) => {
    const suite = sampleSuite({ runner: 'junit', command: ['true'], report })
    const place = { directory: tree } as Place
    const call = { suite, paths: { report: join(directory, 'unused.xml') } } as Call
    const outcome = { place, suite, call, result: ENDED, report: null, tree: ROOTS }
    const reading = await junitRunner.read(outcome)
    expect(reading.tests.map((test) => test.name)).toEqual(read)
    await junitRunner.prepare?.(place, call)
    expect(existsSync(join(folder, 'report.xml'))).toBe(stays)
  },
)
