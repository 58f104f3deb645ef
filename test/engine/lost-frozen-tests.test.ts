import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { frozenTests } from '../../src/engine/frozen-tests.ts'
import type { Engine } from '../../src/engine/open.ts'
import { engineSample } from '../support/engine-sample.ts'
import { doingBefore } from '../support/interleave.ts'
import { letterFiles, letterPlan, retriedSession } from '../support/letters.ts'
import { taskDefinition } from '../support/store-data.ts'

describe('a store that has lost which tests of a task are frozen', () => {
  it.each([
    { before: 'GREEN', method: 'startAttempt', call: 2, stages: ['red', 'green'], calls: 1 },
    { before: 'VERIFY', method: 'startAttempt', call: 3, stages: ['red', 'green', 'verify'], calls: 2 },
    { before: 'its landing', method: 'enterLanding', call: 1, stages: ['red', 'green', 'verify'], calls: 2 },
  ] as const)(
    'judges and lands nothing on it, pays no agent for it, and says how to begin again: lost before $before',
    async ({ method, call, stages, calls }) => {
      const sample = engineSample(letterFiles)
      await using engine = await sample.open()
      const run = await sample.ingest(engine, letterPlan(['A']))
      const store = doingBefore(engine.world.store, method, (nth) => nth === call && loseFrozen(engine))
      const world = { ...engine.world, store }
      const report = await sample.run({ ...engine, world }, retriedSession('A'))
      expect(report).toMatchObject({ state: 'incomplete', tasks: { needs_human: 1, completed: 0 } })
      const { attempts } = await engine.world.store.history(run, 'A')
      expect(attempts.map(({ stage }) => stage)).toEqual(stages)
      expect((await engine.world.store.spend(run)).invocations).toBe(calls)
      const task = await engine.world.store.task(run, 'A')
      expect(task?.state).toMatchObject({
        state: 'needs_human',
        reason: expect.stringContaining('orchestrator task retry A --from red') as string,
      })
      await engine.world.store.retry(run, 'A', { from: 'red', note: null }, engine.world.clock.now())
      expect(await sample.run(engine, retriedSession('A'))).toMatchObject({ tasks: { completed: 1 } })
    },
  )

  it('has none to lose of a task that wrote no tests, and may have lost them of any other', async () => {
    await using engine = await engineSample(letterFiles).open()
    const without = { base: 'base', red: 'base', green: null, evidence: '' }
    const maintenance = taskDefinition('A', { kind: 'maintenance' })
    expect(await frozenTests(engine.world, maintenance, without)).toEqual([])
    const lost = { code: 'task_state' }
    const rewritten = frozenTests(engine.world, maintenance, { ...without, red: 'tests' })
    await expect(rewritten).rejects.toMatchObject(lost)
    // Its tests are on the target already.
    await expect(frozenTests(engine.world, taskDefinition('A'), without)).rejects.toMatchObject(lost)
  })
})

/** As a store that was saved without that row. */
function loseFrozen(engine: Engine): void {
  using db = new DatabaseSync(join(engine.stateDirectory, 'store.db'))
  const { changes } = db.prepare(`DELETE FROM evidence WHERE key LIKE 'frozen:%'`).run()
  expect(changes).toBe(1)
}
