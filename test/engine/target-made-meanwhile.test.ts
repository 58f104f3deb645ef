import { expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { doingBefore } from '../support/interleave.ts'
import { letterFiles } from '../support/letters.ts'
import { playedPlan, playedSession } from '../support/played-tasks.ts'

const TASKS = { A: {} }
const SUITE = { setup: [['node', '--version']] }

it.each([
  ['the target', 'tdd/played', 'was made while'],
  ['a branch in its way', 'tdd/played/mine', 'cannot be made beside'],
])('%s that somebody makes while a run gets ready is left to them', async (_, branch, says) => {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open()
  const run = await sample.ingest(engine, playedPlan(TASKS, { suite: SUITE }))
  const theirs = sample.repo.git('commit-tree', '-m', 'theirs', 'HEAD^{tree}')
  const onSetup = (): void => void sample.repo.git('branch', branch, theirs)
  await expect(sample.run(engine, playedSession(TASKS), { onSetup })).rejects.toMatchObject({
    code: 'target_blocked',
    message: expect.stringContaining(says) as string,
  })
  expect(sample.repo.git('rev-parse', branch)).toBe(theirs)
  expect(await engine.world.store.run(run)).toMatchObject({ state: 'planned', target: null })
})

it('the target that somebody makes between the row of a run and its branch is told, and landed on only when asked again', async () => {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open()
  const run = await sample.ingest(engine, playedPlan(TASKS))
  const theirs = sample.repo.git('commit-tree', '-m', 'theirs', '-p', 'HEAD', 'HEAD^{tree}')
  const { store } = engine.world
  const made = doingBefore(store, 'startRun', () => sample.repo.git('branch', 'tdd/played', theirs))
  const beside = { ...engine, world: { ...engine.world, store: made } }
  await expect(sample.run(beside, playedSession(TASKS))).rejects.toMatchObject({
    code: 'target_blocked',
    hint: expect.stringContaining('To land on it, enter the same command again') as string,
  })
  expect(sample.repo.git('rev-parse', 'tdd/played')).toBe(theirs)
  expect(await store.run(run)).toMatchObject({ target: 'tdd/played' })
  expect(await sample.run(engine, playedSession(TASKS))).toMatchObject({ tasks: { completed: 1 } })
  expect(sample.repo.git('rev-list', 'tdd/played')).toContain(theirs)
})

it('a name that git takes for a tag is no target, and not chosen for one', async () => {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open()
  const run = await sample.ingest(engine, playedPlan(TASKS))
  for (const name of ['tdd/played', 'v1']) sample.repo.git('tag', '-a', '-m', 'theirs', name)
  for (const target of ['v1', 'heads/main'])
    await expect(sample.run(engine, playedSession(TASKS), { target })).rejects.toMatchObject({
      code: 'target_blocked',
      message: expect.stringMatching(
        /^git takes (v1|heads\/main) for refs\/(tags|heads)\/(v1|main),/,
      ) as string,
    })
  const report = await sample.run(engine, playedSession(TASKS))
  expect(report).toMatchObject({ target: 'tdd/played-2', next: 'git merge --ff-only tdd/played-2' })
  expect(await engine.world.store.run(run)).toMatchObject({ target: 'tdd/played-2' })
})
