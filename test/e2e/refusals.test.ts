import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterTest } from '../support/letters.ts'
import {
  allEvents,
  eventWhere,
  type PlayedTask,
  type PlayedTasks,
  playedPlan,
  playedSession,
  refusalLines,
  testPath,
  writesSource,
  writesTest,
} from '../support/played-tasks.ts'

const HEAD = `import { test } from 'node:test'
import assert from 'node:assert/strict'
`

describe('tests that prove nothing', () => {
  it('are refused each by its own code, and accepted once they are repaired', async () => {
    const { lines, accepted } = await playRed({
      GREENER: refused(
        'GREENER',
        `${HEAD}import { version } from '../src/index.js'
test('AC-GREENER has a version', () => assert.equal(version, 1))
`,
      ),
      SYNTAX: refused('SYNTAX', `${HEAD}test('AC-SYNTAX is cut off', () => {\n`),
      FOREIGN: refused(
        'FOREIGN',
        `${HEAD}import { x } from 'not-installed'
test('AC-FOREIGN uses it', () => assert.equal(x, 1))
`,
      ),
      EMPTY: refused('EMPTY', HEAD),
      UNCOVERED: refused('UNCOVERED', letterTest('UNCOVERED').replace('AC-UNCOVERED returns', 'returns')),
      WEAK: refused(
        'WEAK',
        `${HEAD}import { weak } from '../src/weak.js'
test('AC-WEAK is there', () => assert.equal(typeof weak, 'function'))
`,
      ),
      THROWS: refused('THROWS', `${HEAD}test('AC-THROWS fails by itself', () => { null.length })\n`),
      EXITS: refused('EXITS', `${HEAD}test('AC-EXITS ends the process', () => process.exit(0))\n`),
      IDLE: { red: [[{ say: 'nothing to do' }]], red_fix: [writesTest('IDLE')] },
      SOURCES: {
        red: [[...writesTest('SOURCES'), ...writesSource('SOURCES')]],
        red_fix: [[{ delete: ['src/sources.js'] }]],
      },
      FIXTURE: {
        red: [
          [...writesTest('FIXTURE'), { write: { 'test/fixtures/value.js': 'export const value = 2\n' } }],
        ],
        red_fix: [[{ write: { 'test/fixtures/value.js': 'export const value = 1\n' } }]],
      },
    })
    expect(lines).toEqual([
      'EMPTY red no_tests_found',
      'EXITS red load_failure',
      'FIXTURE red regression',
      'FOREIGN red load_failure',
      'GREENER red unexpected_green',
      'IDLE red no_change',
      'SOURCES red wrong_files',
      'SYNTAX red syntax_error',
      'THROWS red no_target_test_failure',
      'UNCOVERED red criterion_uncovered',
      'WEAK red weak_test',
    ])
    expect(accepted).toHaveLength(11)
  })

  it('end the stage at once when a repair leaves the same tree or meets the same refusal', async () => {
    const wrong = [
      { write: { 'test/same.test.js': `${HEAD}test('AC-SAME holds', () => assert.ok(true))\n` } },
    ]
    const { report, reasons } = await playRed({
      SAME: { red: [wrong], red_fix: [[{ say: 'it is right as it is' }], writesTest('SAME')] },
    })
    expect(report).toMatchObject({ state: 'incomplete', attempts: 2, tasks: { failed: 1 } })
    expect(reasons['SAME']).toContain('RED_FIX repeated')
  })
})

describe('a file that another task works on', () => {
  it('is refused to an agent that did not declare it', async () => {
    const tasks: PlayedTasks = {
      HOLDER: { red: [[{ sleepMs: 3_600_000 }]] },
      TAKER: { green: [[...writesSource('TAKER'), { write: { 'src/holder.js': 'export {}\n' } }]] },
    }
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const stopping = new AbortController()
    const refusal = eventWhere(engine, ({ kind }) => kind === 'attempt_refused').finally(() =>
      stopping.abort(),
    )
    const report = await sample.run(engine, playedSession(tasks), { stopping: stopping.signal })
    await refusal
    expect(report).toMatchObject({
      state: 'interrupted',
      refusals: [{ task: 'TAKER', stage: 'green', code: 'wrong_files' }],
    })
    expect(report.refusals[0]?.fact).toContain('src/holder.js was changed, which task HOLDER works on now')
  })
})

/** One RED attempt with this text, then an honest repair. */
function refused(key: string, text: string): PlayedTask {
  return { red: [[{ write: { [testPath(key)]: text } }]], red_fix: [writesTest(key)] }
}

/** Plays RED and its repair; GREEN is left out of the session, so that each task stops there. */
async function playRed(tasks: PlayedTasks): Promise<{
  report: Awaited<ReturnType<ReturnType<typeof engineSample>['run']>>
  lines: string[]
  accepted: string[]
  reasons: Record<string, string>
}> {
  const sample = engineSample({
    ...letterFiles,
    'test/fixtures/value.js': 'export const value = 1\n',
    'test/value.test.js': `${HEAD}import { value } from './fixtures/value.js'
test('has the value', () => assert.equal(value, 1))
`,
  })
  await using engine = await sample.open()
  const noGreen = Object.fromEntries(
    Object.entries(tasks).map(([key, task]) => [key, { ...task, green: [] }]),
  )
  await sample.ingest(engine, playedPlan(noGreen, { suite: { fixtures: ['test/fixtures/**'] } }))
  const report = await sample.run(engine, playedSession(noGreen))
  const events = await allEvents(engine)
  const settled = await engine.world.store.tasks(report.run)
  return {
    report,
    lines: refusalLines(report).sort(),
    accepted: events.filter(({ kind }) => kind === 'attempt_accepted').map(({ task }) => task ?? ''),
    reasons: Object.fromEntries(
      settled.map(({ definition, state }) => [definition.key, 'reason' in state ? state.reason : '']),
    ),
  }
}
