import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterTest } from '../support/letters.ts'
import {
  allEvents,
  type PlayedTasks,
  playedPlan,
  playedSession,
  testPath,
  writesSource,
} from '../support/played-tasks.ts'

const LONG_MS = 120_000

describe('a dispute', () => {
  it(
    'is decided by a fresh agent: the tests stay, or they change and are judged and frozen again',
    async () => {
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
      expect(sample.repo.git('show', `${upheld?.red}:test/upheld.test.js`)).toBe(
        letterTest('UPHELD').trimEnd(),
      )
      expect(sample.repo.git('ls-tree', '--name-only', upheld?.red ?? '', 'src/')).toBe('src/index.js')
    },
    LONG_MS,
  )
})
