import { describe, expect, it } from 'vitest'
import type { RunReport } from '../../src/protocol/output/run-report.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterTest } from '../support/letters.ts'
import {
  type PlayedTask,
  playedPlan,
  playedSession,
  refusalLines,
  writesSource,
} from '../support/played-tasks.ts'
import { DRILL } from '../support/drill.ts'

const CHECK = `import assert from 'node:assert/strict'
export const check = (actual, expected) => assert.equal(actual, expected)
`
const FILES = { ...letterFiles, 'testing/check.js': CHECK, 'prepare.js': '' }
const TEST = letterTest('A')
  .replace("import assert from 'node:assert/strict'", "import { check } from '../testing/check.js'")
  .replace('assert.equal', 'check')
const WRONG = { 'src/a.js': "export const a = () => 'wrong'\n" }
const HOLLOW = { 'testing/check.js': 'export const check = () => undefined\n' }

describe('what tests lean on', () => {
  it.each([
    ['a helper that the tests import', HOLLOW, {}, 'testing/check.js was modified'],
    [
      'a file that a command of the suite names',
      { 'prepare.js': 'globalThis.prepared = true\n' },
      { args: ['--import', './prepare.js'] },
      'prepare.js was modified',
    ],
  ])('is refused to GREEN, and lands once it is as it was: %s', async (_, write, suite, fact) => {
    const report = await played({ green: [[{ write: { ...WRONG, ...write } }], writesSource('A')] }, suite)
    expect([report.state, refusalLines(report)]).toEqual(['completed', ['A green tests_changed']])
    expect(report.refusals[0]?.fact).toContain(fact)
  })

  it.runIf(DRILL)('may not be deleted either', async () => {
    const green = [[...writesSource('A'), { delete: ['testing/check.js'] }], writesSource('A')]
    const report = await played({ green })
    expect([report.state, refusalLines(report)]).toEqual(['completed', ['A green tests_changed']])
  })

  it.each([
    ['allows', { allow: ['testing/check.js'] }],
    ['counts among its sources', { sources: ['src/a.js', 'testing/check.js'] }],
  ])("is the task's to change where the plan %s it", async (_, task) => {
    const write = { 'testing/check.js': `${CHECK}export const more = 1\n` }
    const report = await played({ task, green: [[...writesSource('A'), { write }]] })
    expect([report.state, refusalLines(report)]).toEqual(['completed', []])
  })
})

describe('configuration that a runner finds by its name', () => {
  it.each(['pytest.toml', 'node.config.json'])('may not be added by GREEN: %s', async (path) => {
    const green = [[...writesSource('A'), { write: { [path]: '' } }], writesSource('A')]
    const report = await played({ green })
    expect([report.state, refusalLines(report)]).toEqual(['completed', ['A green wrong_files']])
  })
})

async function played(task: PlayedTask, suite: Readonly<Record<string, unknown>> = {}): Promise<RunReport> {
  const sample = engineSample(FILES)
  await using engine = await sample.open()
  const tasks = { A: { red: [[{ write: { 'test/a.test.js': TEST } }]], ...task } }
  await sample.ingest(engine, playedPlan(tasks, { suite }))
  return await sample.run(engine, playedSession(tasks), { workers: 1 })
}
