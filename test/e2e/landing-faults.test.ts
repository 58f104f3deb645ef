import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { untilEvent } from '../support/until-event.ts'

it('books a landing that broke off behind the move of the ref as landed', async () => {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open()
  await sample.ingest(engine, letterPlan(['A', 'B'], { B: ['A'] }))
  sample.repo.git('notes', '--ref=refs/notes/tdd', 'add', '-m', 'mine', 'HEAD')
  const lock = join(sample.repo.root, '.git/refs/notes/tdd.lock')
  writeFileSync(lock, '')
  const unlocking = untilEvent(engine, 'landing_paused', () => rmSync(lock))
  const faults: unknown[] = []
  const report = await sample.run(engine, letterSession(['A', 'B']), {
    report: (thrown) => faults.push(thrown),
  })
  await unlocking
  expect(report).toMatchObject({ state: 'completed', tasks: { completed: 2 }, refusals: [] })
  expect(faults).not.toEqual([])
  for (const { merge } of report.landed) expect(await engine.world.git.readNote(merge)).toContain('AC-')
})

it('lets the others go on when a task is cancelled while it lands', async () => {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open()
  const run = await sample.ingest(engine, letterPlan(['A', 'B']))
  const { store, clock } = engine.world
  const cancelling = untilEvent(engine, 'task_landing', async () => {
    const [task = ''] = await store.landingQueue(run)
    await store.cancel(run, task, 'not wanted any more', clock.now())
  })
  const report = await sample.run(engine, letterSession(['A', 'B']), { workers: 2 })
  await cancelling
  expect(report).toMatchObject({ state: 'incomplete', pausedBy: null })
  expect(report.tasks.completed + report.tasks.cancelled).toBe(2)
})
