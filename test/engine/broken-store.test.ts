import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { doingBefore } from '../support/interleave.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { eventWhere } from '../support/played-tasks.ts'
import { containedWith } from '../support/processes.ts'

describe('a store that cannot be written any more', () => {
  it('ends the run with its error, and the agents at once', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const slow = letterSession(['A', 'B'])
    slow.tasks['B']?.red[0]?.unshift({ sleepMs: 600_000 })
    using db = new DatabaseSync(join(engine.stateDirectory, 'store.db'))
    const breaking = async (): Promise<void> => {
      await eventWhere(engine, ({ kind, task }) => kind === 'attempt_started' && task === 'B')
      db.exec(`CREATE TRIGGER full BEFORE UPDATE ON attempts BEGIN SELECT RAISE(FAIL, 'no room'); END`)
    }
    const store = doingBefore(engine.world.store, 'finishAttempt', (call) => call === 1 && breaking())
    const world = { ...engine.world, store }
    await expect(sample.run({ ...engine, world }, slow)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(containedWith(sample.stateHome)).toEqual([])
  })
})
