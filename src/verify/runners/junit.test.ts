import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { sampleSuite } from '../../../test/support/proof-samples.ts'
import type { Place } from '../verify.ts'
import { junitRunner } from './junit.ts'
import type { Call } from './runner.ts'

const directory = mkdtempSync(join(tmpdir(), 'tdd-junit-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const tree = join(directory, 'tree')
const outside = join(directory, 'outside')
for (const each of [join(tree, 'inside'), outside]) {
  mkdirSync(each, { recursive: true })
  writeFileSync(join(each, 'report.xml'), '<testsuites/>')
}
symlinkSync(outside, join(tree, 'out'))

it.each([
  ['out/report.xml', outside, true],
  ['inside/report.xml', join(tree, 'inside'), false],
])('removes an old report in the tree and nothing outside of it: %s', async (report, folder, stays) => {
  const suite = sampleSuite({ runner: 'junit', command: ['true'], report })
  const call = { suite, paths: { report: join(directory, 'unused.xml') } } as Call
  await junitRunner.prepare?.({ directory: tree } as Place, call)
  expect(existsSync(join(folder, 'report.xml'))).toBe(stays)
})
