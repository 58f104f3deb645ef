import { expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { doingBefore } from '../support/interleave.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'

it('whether something landed is left open while the target is gone', async () => {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open({ 'limits.infrastructure': 1 })
  const run = await sample.ingest(engine, letterPlan(['A']))
  const { store } = engine.world
  const broken = doingBefore(store, 'recordReceipt', () => {
    throw new Error('no receipt can be written')
  })
  await sample
    .run({ ...engine, world: { ...engine.world, store: broken } }, letterSession(['A']))
    .catch(() => null)
  const [intent] = await store.openIntents(run)
  const target = 'refs/heads/tdd/letters'
  const head = sample.repo.git('rev-parse', target)
  expect(intent?.merge).toBe(head)

  const deleting = doingBefore(store, 'openIntents', () => sample.repo.git('update-ref', '-d', target))
  const without = await sample.run(
    { ...engine, world: { ...engine.world, store: deleting } },
    letterSession(['A']),
  )
  expect(without).toMatchObject({ state: 'paused', pausedBy: 'target' })
  expect(await store.openIntents(run)).toEqual([intent])

  sample.repo.git('update-ref', target, head)
  expect(await sample.run(engine, letterSession(['A']))).toMatchObject({
    state: 'completed',
    tasks: { completed: 1 },
  })
  expect(sample.repo.git('rev-parse', target)).toBe(head)
})
