import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterTest } from '../support/letters.ts'
import {
  allEvents,
  type PlayedTasks,
  playedPlan,
  playedSession,
  sourcePath,
  testPath,
  writesSource,
} from '../support/played-tasks.ts'
import { DRILL } from '../support/drill.ts'

const LINT = `const { readdirSync, readFileSync } = require('node:fs')
const bad = readdirSync('src').filter((name) => readFileSync('src/' + name, 'utf8').includes('var '))
for (const name of bad) console.log('src/' + name + ': unexpected var')
process.exit(bad.length === 0 ? 0 : 1)
`

describe('a dispute', () => {
  it.runIf(DRILL)('is how FIX gets tests back that were dropped where RED could not tell', async () => {
    const head = letterTest('A').split('\n').slice(0, 3)
    const whole = [...head, 'const found = a()', "test('AC-A returns a', () => assert.equal(found, 'a'))"]
    const old = [1, 2].map((n) => `test('old ${n}', () => assert.equal(version, ${n} / ${n}))`)
    const index = "import { version } from '../src/index.js'"
    const files = { ...letterFiles, [testPath('A')]: [...head.slice(0, 2), index, ...old].join('\n') }
    const kept = [...head, index, ...whole.slice(3), ...old].join('\n')
    const tasks: PlayedTasks = {
      A: {
        red: [[{ write: { [testPath('A')]: whole.join('\n') } }]],
        fix: [[{ dispute: 'tests that held are gone' }]],
        red_fix: [[{ write: { [testPath('A')]: kept } }]],
        green: [writesSource('A'), writesSource('A')],
      },
    }
    const sample = engineSample(files)
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    expect(report).toMatchObject({
      state: 'completed',
      refusals: [{ stage: 'verify', code: 'regression', fact: expect.stringContaining('"old 1"') as string }],
    })
    expect(sample.repo.git('show', `${report.target}:${testPath('A')}`)).toBe(kept)
  })

  it('is decided by a fresh agent: the tests stay, or they change and are judged and frozen again', async () => {
    const wrong = letterTest('UPHELD').replace("(), 'upheld')", "(), 'something else')")
    const disputes = [{ dispute: 'the criterion asks for something else' }]
    const tasks: PlayedTasks = {
      REJECTED: {
        green: [disputes, writesSource('REJECTED')],
        red_fix: [[{ say: 'the tests say what the criterion says' }]],
      },
      UPHELD: {
        red: [[{ write: { [testPath('UPHELD')]: wrong } }]],
        red_fix: [[{ write: { [testPath('UPHELD')]: letterTest('UPHELD') } }]],
        green: [[...writesSource('UPHELD'), ...disputes], writesSource('UPHELD')],
      },
      ENDLESS: {
        green: [disputes, disputes, disputes],
        red_fix: [[{ say: 'no' }], [{ say: 'no' }], [{ say: 'no' }]],
      },
      SPENT: {
        green: [
          disputes,
          ...[1, 2].map(() => [{ write: { 'src/spent.js': 'export const spent = () => 0\n' } }]),
        ],
        red_fix: [[{ say: 'no' }]],
      },
    }
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    const events = await allEvents(engine)
    const kinds = (key: string): string[] =>
      events
        .filter(({ task, kind }) => task === key && /^(attempt_(?!started)|dispute_)/.test(kind))
        .map(({ kind, data }) => `${kind.replace('attempt_', '')} ${String(data['stage'])}`)
    expect(kinds('REJECTED')).toEqual([
      'accepted red',
      'disputed green',
      'dispute_rejected red_fix',
      'accepted green',
      'accepted verify',
    ])
    expect(kinds('UPHELD')).toEqual([
      'accepted red',
      'disputed green',
      'accepted red_fix',
      'accepted green',
      'accepted verify',
    ])
    expect(report.tasks).toMatchObject({ completed: 2, needs_human: 1, failed: 1 })
    const reasonOf = async (key: string): Promise<unknown> =>
      (await engine.world.store.task(report.run, key))?.state
    expect(await reasonOf('ENDLESS')).toMatchObject({
      state: 'needs_human',
      reason: expect.stringContaining('disputed 3 times') as string,
    })
    // A rejected dispute counts as one of the three attempts.
    expect(await reasonOf('SPENT')).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining("GREEN's 3 attempts are used up") as string,
    })
    const upheld = report.landed.find(({ task }) => task === 'UPHELD')
    expect(sample.repo.git('show', `${upheld?.red}:test/upheld.test.js`)).toBe(letterTest('UPHELD').trimEnd())
    expect(sample.repo.git('ls-tree', '--name-only', upheld?.red ?? '', 'src/')).toBe('src/index.js')
  })

  it.runIf(DRILL)('is possible in FIX, too: rejected, FIX goes on; upheld, GREEN begins afresh', async () => {
    const written = (key: string): string =>
      `export var ${key.toLowerCase()} = () => '${key.toLowerCase()}'\n`
    const linted = (key: string): PlayedTasks[string] => ({
      green: [[{ write: { [sourcePath(key)]: written(key) } }], writesSource(key)],
      fix: [[{ dispute: 'no test asks for this' }], writesSource(key)],
    })
    const other = letterTest('UPHELD').replace('returns upheld', 'returns its name')
    const tasks: PlayedTasks = {
      REJECTED: { ...linted('REJECTED'), red_fix: [[{ say: 'nor for anything else' }]] },
      UPHELD: { ...linted('UPHELD'), red_fix: [[{ write: { [testPath('UPHELD')]: other } }]] },
    }
    const sample = engineSample({ ...letterFiles, 'lint.cjs': LINT })
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks, { suite: { checks: { lint: ['node', 'lint.cjs'] } } }))
    const report = await sample.run(engine, playedSession(tasks))
    const accepted = (await allEvents(engine)).filter(({ kind }) => /attempt_accepted|dispute/.test(kind))
    const stages = (key: string): string[] =>
      accepted
        .filter(({ task }) => task === key)
        .map(({ kind, data }) => `${kind.replace('attempt_', '')} ${String(data['stage'])}`)
    expect(report).toMatchObject({ state: 'completed', tasks: { completed: 2 } })
    expect(stages('REJECTED')).toEqual([
      'accepted red',
      'accepted green',
      'disputed fix',
      'dispute_rejected red_fix',
      'accepted fix',
      'accepted re_verify',
    ])
    expect(stages('UPHELD')).toEqual([
      'accepted red',
      'accepted green',
      'disputed fix',
      'accepted red_fix',
      'accepted green',
      'accepted verify',
    ])
  })
})
