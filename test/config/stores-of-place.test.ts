import { existsSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { requireOwn } from '../../src/config/stores-of-place.ts'
import { statePlace } from '../../src/config/state-place.ts'
import { diagnoseState } from '../../src/engine/diagnose-state.ts'
import { openBench } from '../../src/engine/open.ts'
import { findRepository } from '../../src/runtime/repository-id.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'

it('a store that has the work of one repository is refused to another, and to that one never', async () => {
  const first = engineSample(letterFiles)
  const second = engineSample(letterFiles, {}, { XDG_STATE_HOME: first.stateHome })
  const shared = { 'state.db': join(first.stateHome, 'shared.db') }
  let ownOfFirst = ''
  for (let time = 1; time <= 2; time += 1) {
    const engine = await first.open(shared)
    ownOfFirst = join(engine.stateDirectory, 'store.db')
    await engine[Symbol.asyncDispose]()
  }
  const refused = { code: 'repository_other', hint: expect.stringContaining('TDD_DB') as string }
  await expect(second.open(shared)).rejects.toMatchObject(refused)
  await expect(second.open({ 'state.db': ownOfFirst })).rejects.toMatchObject(refused)
  // By whatever path one comes to it, and for those who only look or put things away, too.
  const alias = join(second.repo.directory, 'alias.db')
  symlinkSync(shared['state.db'], alias)
  const repository = findRepository(second.repo.root)
  if (repository === null) throw new Error('there is a repository')
  const where = { cwd: second.repo.root, env: { ...second.env, TDD_DB: alias } }
  await expect(statePlace(repository, where)).rejects.toMatchObject(refused)
  await using bench = await openBench({
    directory: second.repo.root,
    env: second.env,
    flags: { 'state.db': shared['state.db'] },
  })
  expect(await diagnoseState(bench)).toContainEqual(
    expect.objectContaining({ level: 'problem', what: expect.stringContaining('another repository') }),
  )
  await using engine = await second.open()
  expect(existsSync(join(engine.stateDirectory, 'stores.json'))).toBe(false)
  expect(() => requireOwn(engine.stateDirectory, shared['state.db'])).toThrow(
    expect.objectContaining(refused),
  )
})

it('a store of the same repository in another state directory is told with that one', async () => {
  const sample = engineSample(letterFiles)
  const engine = await sample.open()
  const { stateDirectory } = engine
  await engine[Symbol.asyncDispose]()
  const elsewhere = {
    'state.directory': join(sample.stateHome, 'other'),
    'state.db': join(stateDirectory, 'store.db'),
  }
  await expect(sample.open(elsewhere)).rejects.toMatchObject({
    code: 'repository_other',
    hint: `Name that one, too: TDD_STATE_DIRECTORY=${dirname(stateDirectory)}`,
  })
})
