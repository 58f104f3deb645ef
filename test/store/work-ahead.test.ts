import { expect, it } from 'vitest'
import { openReader } from '../../src/store/reader.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'
import { attempted, claimed, newDatabase, perform } from '../support/store-steps.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const RUN = 'r'
const ACCEPTED = { kind: 'accepted', work: { base: 'b', red: 'r', green: null, evidence: 'e' } } as const

it('work ahead counts tasks that are alike together, without those that are over, and what is accepted of each', async () => {
  const path = tempStorePath()
  const db = await newDatabase(path)
  perform(db, 'createRun', newRun(RUN), 1)
  const waits = { dependsOn: ['A'], kind: 'maintenance' } as const
  const tasks = [
    taskDefinition('A'),
    taskDefinition('B'),
    taskDefinition('C'),
    taskDefinition('D', waits),
    taskDefinition('E', { ...waits, complexity: 'high' }),
    taskDefinition('F'),
  ]
  perform(db, 'addTasks', RUN, addedPlan(...tasks), 2)
  perform(db, 'startRun', RUN, { target: 't', base: 'b', workers: 1 }, 3)
  for (const key of ['A', 'B']) {
    const claim = claimed(db, { run: RUN, worker: 'worker_1', key }, 10)
    attempted(db, { claim, outcome: ACCEPTED }, 11)
    perform(db, 'giveBack', claim, { notBefore: 12, reason: 'later' }, 12)
  }
  perform(db, 'retry', RUN, 'B', { from: 'red', note: null }, 13)
  perform(db, 'cancel', RUN, 'F', 'not wanted', 14)
  db.close()
  using reader = openReader(path)
  const seen = reader
    ?.workAhead(RUN)
    ?.map(({ kind, complexity, accepted, tasks: count }) => [kind, complexity, [...accepted], count])
  const total = seen
    ?.filter(([kind]) => kind === 'implement')
    .reduce((sum, [, , , count]) => sum + Number(count), 0)
  expect(total).toBe(3)
  expect(seen).toContainEqual(['implement', 'low', ['green'], 1])
  expect(seen).toContainEqual(['maintenance', 'low', [], 1])
  expect(seen).toContainEqual(['maintenance', 'high', [], 1])
  expect(seen?.every(([, , , count]) => Number(count) > 0)).toBe(true)
})
